import type { FaultCode } from '#protocol'

export interface FaultOptions {
  /** The request's field at fault, in JSON notation: `content`, `messages.0.role`. */
  readonly field?: string
  /** When trying again may help, in milliseconds from now; becomes `Retry-After`. */
  readonly retryAfterMs?: number
  /** What went wrong underneath. Logged, never shown. */
  readonly cause?: unknown
}

/**
 * The only error a caller may see: a code of the closed list and a sentence for people.
 * Anything else thrown is a bug; it is logged with its stack and answered with a bare 500.
 */
export class Fault extends Error {
  readonly code: FaultCode
  readonly field: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: FaultCode, detail: string, options: FaultOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Fault'
    this.code = code
    this.field = options.field
    this.retryAfterMs = options.retryAfterMs
  }
}

export const isFault = (error: unknown): error is Fault => error instanceof Fault

/** The HTTP status of every fault. */
export const faultStatus: Readonly<Record<FaultCode, number>> = {
  invalid_request: 400,
  context_length_exceeded: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  model_not_found: 404,
  method_not_allowed: 405,
  idempotency_conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  invalid_field: 422,
  rate_limited: 429,
  budget_exceeded: 429,
  internal: 500,
  generation_failed: 502,
  model_unavailable: 503,
  overloaded: 503,
  shutting_down: 503,
}
