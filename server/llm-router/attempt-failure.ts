/**
 * Why a cluster did not answer:
 * `unreachable`: no connection, or it broke; `busy`: it takes no more work; `broken`: a 5xx, an error inside the stream,
 * or no completion at all; `silent`: no token in time; `misconfigured`: it refuses our key or does not know the model;
 * `bad_request`: it refuses the request, as any other would.
 */
export type FailureKind = 'unreachable' | 'busy' | 'broken' | 'silent' | 'misconfigured' | 'bad_request'

/** One attempt on one cluster failed. Never leaves this module; the message is fit for a log. */
export class AttemptFailure extends Error {
  readonly kind: FailureKind
  /** When trying this cluster again may help, where it told. */
  readonly retryAfterMs: number | undefined
  constructor(
    kind: FailureKind,
    reason: string,
    options: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AttemptFailure'
    this.kind = kind
    this.retryAfterMs = options.retryAfterMs
  }
}

/** What a connection failed of, fit for a log: an error's code or kind, never a message that may quote the answer. */
export function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
