import { validateHeaderValue } from 'node:http'
import { AttemptFailure, networkReason } from './attempt-failure.ts'
import type { ReadPace } from './generation-event.ts'
import type { Exchange, KeptConnections } from './kept-connections.ts'
import type { Refused } from './read-refusal.ts'

export interface StreamedPost {
  readonly url: URL
  /** By names in lower case; those that frame the request are added. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /**
   * Called with each read of a 200's body, synchronously; the bytes are gone when it returns. True: the rest does not matter, the answer is whole. What it
   * throws ends the request and is thrown to the caller as it is.
   */
  readonly onBytes: (bytes: Buffer) => boolean
  /** Called behind the last of each read, until all is settled: see `ExchangeListener`. What it throws ends the request, too. */
  readonly onRead: () => ReadPace['later'] | undefined
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
 * Sends a POST and hands its streamed answer over as it comes. Aborting destroys the socket and rejects at once, with the
 * signal's reason; a connection that cannot be made or breaks is an `AttemptFailure`.
 */
export function postStream(connections: KeptConnections, post: StreamedPost): Promise<PostOutcome> {
  const { url, onBytes, onRead, signal } = post
  return new Promise((resolve, reject) => {
    let exchange: Exchange | undefined
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
      exchange?.destroy()
    }
    const abort = () => fail(signal.reason)
    const refuse = () => finish(() => resolve({ type: 'refused', status, retryAfter, body: refusal }))

    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    let request: string
    try {
      request = requestOf(post)
    } catch (error) {
      reject(new AttemptFailure('misconfigured', networkReason(error))) // a key that no header can carry
      return
    }
    signal.addEventListener('abort', abort)
    exchange = connections.send(url, request, {
      onHead(head) {
        status = head.status
        retryAfter = head.fields.get('retry-after')
      },
      onBody(bytes) {
        if (settled) return
        if (status !== 200) {
          refusal += bytes.toString('latin1') // only matched against ASCII
          if (refusal.length > bodyLimit) {
            refuse()
            exchange?.destroy()
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
        lingering = setTimeout(() => exchange?.destroy(), lingerMs)
      },
      onRead() {
        if (settled || status !== 200) return undefined
        try {
          return onRead()
        } catch (error) {
          fail(error)
          return undefined
        }
      },
      onEnd() {
        clearTimeout(lingering)
        if (settled) return
        if (status === 200) finish(() => resolve({ type: 'streamed', whole: false }))
        else refuse()
      },
      onFailure(error) {
        clearTimeout(lingering)
        fail(new AttemptFailure('unreachable', networkReason(error), { cause: error }))
      },
    })
  })
}

/** The request as it goes over the wire. Throws where a header would not be one. */
function requestOf({ url, headers, body }: StreamedPost): string {
  for (const [name, value] of Object.entries(headers)) validateHeaderValue(name, value)
  const fields = Object.entries({ host: url.host, ...headers, 'content-length': String(Buffer.byteLength(body)) })
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
