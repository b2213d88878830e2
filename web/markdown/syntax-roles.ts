/** What a piece of code is to a reader: each has a class, `syntax-…`, and a variable of the theme's. */
export type SyntaxRole = 'keyword' | 'string' | 'number' | 'comment' | 'function' | 'constant' | 'type'

export interface StyledPiece {
  readonly text: string
  readonly role: SyntaxRole | undefined
}

export type StyledLine = readonly StyledPiece[]

/** Asks the worker to style code, in chunks of lines. */
export interface SyntaxRequest {
  readonly id: number
  readonly language: string
  readonly chunks: readonly (readonly string[])[]
}

/** One chunk, styled. Chunks come in order; a language that is not known gets no answer. */
export interface SyntaxReply {
  readonly id: number
  readonly chunk: number
  readonly lines: readonly StyledLine[]
}
