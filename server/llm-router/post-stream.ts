import type { Agent, Dispatcher } from 'undici'
import { AttemptFailure, networkReason } from './attempt-failure.ts'
import type { Refused } from './read-refusal.ts'

export interface StreamedPost {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /**
   * Called with each read of a 200's body, synchronously. True: the rest does not matter, the answer is whole. What it
   * throws ends the request and is thrown to the caller as it is.
   */
  readonly onBytes: (bytes: Buffer) => boolean
  readonly signal: AbortSignal
}

/** A 200 that ended (`whole`: `onBytes` said so), or any other answer, with at most 64 KiB of its body. */
export type PostOutcome =
  | { readonly type: 'streamed'; readonly whole: boolean }
  | ({ readonly type: 'refused' } & Refused)

const bodyLimit = 65_536
/** A server that keeps a finished stream open would keep its socket from the pool. */
const lingerMs = 1_000

/**
 * Sends a POST and hands its streamed answer over as it comes. Below undici's `request` on purpose: a Readable and an
 * async iterator per read cost as much as all the rest of a token (docs/benchmarks.md). Aborting destroys the socket and
 * rejects at once, with the signal's reason; a connection that cannot be made or breaks is an `AttemptFailure`.
 */
export function postStream(agent: Agent, post: StreamedPost): Promise<PostOutcome> {
  const { url, headers, body, onBytes, signal } = post
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let status = 0
    let retryAfter: string | undefined
    let refusal = ''
    let settled = false
    let lingering: NodeJS.Timeout | undefined

    function finish(settle: () => void): void {
      settled = true
      signal.removeEventListener('abort', abort)
      settle()
    }
    function fail(error: unknown): void {
      if (settled) return
      finish(() => reject(error))
      controller?.abort(new Error('given up'))
    }
    const abort = () => fail(signal.reason)
    const refuse = () => finish(() => resolve({ type: 'refused', status, retryAfter, body: refusal }))

    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    signal.addEventListener('abort', abort)
    agent.dispatch(
      { origin: url.origin, path: url.pathname + url.search, method: 'POST', headers, body },
      {
        onRequestStart(started) {
          controller = started
          if (settled) started.abort(new Error('given up'))
        },
        onResponseStart(_controller, code, answered) {
          status = code
          retryAfter = [answered['retry-after'] ?? []].flat()[0]
        },
        onResponseData(current, bytes) {
          if (settled) return
          if (status !== 200) {
            refusal += bytes.toString('latin1') // only matched against ASCII
            if (refusal.length > bodyLimit) {
              refuse()
              current.abort(new Error('too much'))
            }
            return
          }
          try {
            if (!onBytes(bytes)) return
          } catch (error) {
            fail(error)
            return
          }
          finish(() => resolve({ type: 'streamed', whole: true }))
          lingering = setTimeout(() => current.abort(new Error('finished')), lingerMs)
        },
        onResponseEnd() {
          clearTimeout(lingering)
          if (settled) return
          if (status === 200) finish(() => resolve({ type: 'streamed', whole: false }))
          else refuse()
        },
        onResponseError(_controller, error) {
          clearTimeout(lingering)
          fail(new AttemptFailure('unreachable', networkReason(error), { cause: error }))
        },
      },
    )
  })
}
