import type { Sequence } from './sequence.ts'

/**
 * What an answer's markdown becomes: data of our own, and nothing else is ever rendered. No node carries markup; every
 * string is text. Nodes never change: a block that is finished keeps its identity while the answer grows.
 */
export type Block = Paragraph | Heading | CodeFence | MathBlock | Quote | List | Table | Rule

export interface Paragraph {
  readonly kind: 'paragraph'
  readonly spans: Spans
}

export interface Heading {
  readonly kind: 'heading'
  readonly level: 1 | 2 | 3 | 4 | 5 | 6
  readonly spans: Spans
}

/** A code block, fenced or indented. */
export interface CodeFence {
  readonly kind: 'code'
  /** The first word after the fence in lower case, or nothing. */
  readonly language: string
  /** Lines without their ends; bidirectional control characters are spelt out. */
  readonly lines: Sequence<string>
  /** Whether no more lines can come. */
  readonly closed: boolean
}

/** A formula on lines of its own. While it is not closed, its TeX is shown as it is. */
export interface MathBlock {
  readonly kind: 'math-block'
  readonly tex: string
  readonly closed: boolean
}

export interface Quote {
  readonly kind: 'quote'
  readonly children: Sequence<Block>
}

export interface List {
  readonly kind: 'list'
  /** The first item's number, or nothing in a list of bullets. */
  readonly start: number | undefined
  /** Whether blank lines lie between items: they are then set apart. */
  readonly loose: boolean
  readonly items: Sequence<Item>
}

export interface Item {
  readonly kind: 'item'
  /** Whether the task is done, or nothing where the item is no task. */
  readonly task: boolean | undefined
  readonly children: Sequence<Block>
}

export type Alignment = 'left' | 'center' | 'right' | undefined

export interface Table {
  readonly kind: 'table'
  /** One for each column. */
  readonly alignments: readonly Alignment[]
  readonly header: Row
  readonly rows: Sequence<Row>
}

export interface Row {
  readonly kind: 'row'
  /** At most as many as the table has columns; there may be fewer. */
  readonly cells: readonly Spans[]
}

export interface Rule {
  readonly kind: 'rule'
}

/** Inline content in pieces, cut where no mark-up is open: a finished piece keeps its identity while the text grows. */
export type Spans = readonly Span[]
export type Span = readonly Inline[]

export type Inline = Text | Mark | CodeSpan | MathSpan | Link | Reference | ImageLink | Break

/** A line end within text is a space. */
export interface Text {
  readonly kind: 'text'
  readonly text: string
}

export interface Mark {
  readonly kind: 'strong' | 'emphasis' | 'strikethrough'
  readonly children: Span
}

export interface CodeSpan {
  readonly kind: 'code-span'
  readonly text: string
}

export interface MathSpan {
  readonly kind: 'math-span'
  readonly tex: string
  readonly display: boolean
  /** False while it streams: its TeX is then shown as it is. */
  readonly closed: boolean
}

/** A place elsewhere that is safe to go to. */
export interface Target {
  /** Begins with `https:`, `http:` or `mailto:`; as the URL standard writes it. */
  readonly url: string
  /** Where it leads: host and port in ASCII (punycode), or the mail address. */
  readonly host: string
}

export interface Link extends Target {
  readonly kind: 'link'
  readonly title: string | undefined
  /** Whether the text itself says the host. */
  readonly showsHost: boolean
  /** Holds neither links nor images. */
  readonly children: Span
}

/**
 * Text in brackets, a link if the document defines its label. Definitions count wherever they stand, so this is decided
 * when it is shown; undefined, it reads as it was written: brackets, children and suffix.
 */
export interface Reference {
  readonly kind: 'reference'
  /** Normalised, as the keys of `Definitions` are. */
  readonly label: string
  readonly image: boolean
  readonly children: Span
  /** What followed the bracketed text: `[label]`, `[]` or nothing. */
  readonly suffix: string
}

/** A picture elsewhere. It is not loaded before the reader asks for it. */
export interface ImageLink extends Target {
  readonly kind: 'image'
  readonly alt: string
}

export interface Break {
  readonly kind: 'break'
}

export interface Definition extends Target {
  readonly title: string | undefined
}

/** By normalised label; the first definition of a label counts. A label whose target is not safe is not here. */
export type Definitions = ReadonlyMap<string, Definition>

/** A whole answer, or what there is of it. */
export interface MarkdownDocument {
  readonly blocks: Sequence<Block>
  readonly definitions: Definitions
}
