import { type Fault, isFault } from '#kit'
import type { FaultCode } from '#protocol'
import type { ReadFrame, Ref } from './client-frame.ts'

/**
 * Says that a frame was refused; the socket stays open. The end of a failed turn is an `error`, too, but with a `seq`,
 * which this one never has.
 */
export interface ErrorFrame {
  readonly type: 'error'
  readonly code: FaultCode
  readonly message: string
  /** The same frame may succeed when it is sent again. */
  readonly retryable: boolean
  /** When, in milliseconds from now, as far as known. */
  readonly retry_after_ms?: number
  /** That of the refused frame. */
  readonly ref?: Ref
  /** The turn that the refused frame was about. */
  readonly turn_id?: string
}

export type RefusedFrame = Pick<ReadFrame, 'ref' | 'turnId'>

/** What goes back for a frame that failed. Whatever is no fault is a bug, of which the client learns nothing. */
export function errorFrame(error: unknown, { ref, turnId }: RefusedFrame = {}): ErrorFrame {
  const { code, message, retryAfterMs } = isFault(error) ? error : bug
  return {
    type: 'error',
    code,
    message,
    retryable: passing.has(code),
    ...(retryAfterMs !== undefined && { retry_after_ms: Math.ceil(retryAfterMs) }),
    ...(ref !== undefined && { ref }),
    ...(turnId !== undefined && { turn_id: turnId }),
  }
}

const bug: Pick<Fault, 'code' | 'message' | 'retryAfterMs'> = {
  code: 'internal',
  message: 'Something went wrong on our side.',
  retryAfterMs: undefined,
}

/** Faults that may have passed when the frame comes again. */
const passing: ReadonlySet<FaultCode> = new Set([
  'rate_limited',
  'model_unavailable',
  'overloaded',
  'shutting_down',
  'generation_failed',
  'internal',
])
