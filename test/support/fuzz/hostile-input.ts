import type { DescribedRoute } from './described-routes.ts'

/** What a client that means no good does with one connection. */
export interface HostileInput {
  /** For whoever looks into a failure. */
  readonly what: string
  /** Sent one after another, each as a packet of its own where the network lets it. */
  readonly parts: readonly Buffer[]
  /** What the client does when it has sent all: it waits, ends its half of the connection, or is gone. */
  readonly ending: 'wait' | 'half-close' | 'reset'
  /** The requests in it, as far as it has any. */
  readonly requests: readonly SentRequest[]
  /** So many answers must come. Those to the other requests may be missing: the connection is closed instead. */
  readonly answersDue: number
}

export interface SentRequest {
  readonly method: string
  /** Its path is one of /api/v1. */
  readonly api: boolean
}

/** Objects that exist. */
export interface Target {
  readonly conversation: string
  /** An answer in it, and the turn that wrote it. */
  readonly message: string
  readonly turn: string
}

/** What a hostile client knows. */
export interface World {
  readonly host: string
  readonly key: string
  readonly routes: readonly DescribedRoute[]
  readonly own: readonly Target[]
  /** Own ones that are deleted and restored. */
  readonly doomed: readonly Target[]
  /** Somebody else's. */
  readonly strange: Target
}

/** A request before it is bytes. Nothing is added when it is written. */
export interface Draft {
  readonly method: string
  readonly target: string
  /** In the order they are sent; in Latin-1, so that any byte can be said. */
  readonly headers: readonly Header[]
  readonly body: Buffer | undefined
}

export type Header = readonly [name: string, value: string]

export function writeDraft({ method, target, headers, body }: Draft): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1')
  return body === undefined ? head : Buffer.concat([head, body])
}

export const toSentRequest = ({ method, target }: Pick<Draft, 'method' | 'target'>): SentRequest => ({
  method,
  api: /^\/api\/v1\//.test(target),
})

/** One request, waited for. */
export const singleInput = (what: string, draft: Draft, answersDue = 1): HostileInput => ({
  what: `${what}: ${draft.method} ${draft.target.slice(0, 200)}`,
  parts: [writeDraft(draft)],
  ending: 'wait',
  requests: [toSentRequest(draft)],
  answersDue,
})
