export interface RequestErrorOptions {
  readonly type?: string
  /** The field at fault, as OpenAI writes it: `messages[0].content`. */
  readonly param?: string
  readonly code?: string
  readonly retryAfterSeconds?: number
  /** Further fields of the error object. */
  readonly facts?: Readonly<Record<string, number>>
}

/** A request that is refused, in the terms of the OpenAI API. */
export class RequestError extends Error {
  readonly status: number
  readonly retryAfterSeconds: number | undefined
  /** The answer's body. */
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, message: string, options: RequestErrorOptions = {}) {
    super(message)
    this.status = status
    this.retryAfterSeconds = options.retryAfterSeconds
    this.body = {
      error: {
        message,
        type: options.type ?? 'invalid_request_error',
        param: options.param ?? null,
        code: options.code ?? null,
        ...options.facts,
      },
    }
  }
}
