import { WebSocket } from 'ws'
import type { TurnEvent } from '#protocol'
import { createBackoff } from './backoff.ts'
import type { ClientTurn } from './client-turn.ts'
import type { Attempt } from './history.ts'
import { isPassing } from './requests.ts'
import type { Talk } from './talk-over-sse.ts'

/** A client's WebSocket, opened when it is needed and kept for its next message. */
export interface SocketTalker {
  /** As `talkOverSse` does it. */
  talk(turn: ClientTurn): Promise<void>
  close(): void
}

export interface SocketTalkerOptions extends Talk {
  /** Of the load balancer. */
  readonly url: string
  readonly key: string
}

/** After so long without a frame the client asks whether anybody is there; after as long again, it hangs up. In ms. */
const quietMs = 5_000
const openingMs = 10_000

type Frame = TurnEvent | ErrorFrame | { readonly type: 'pong' }

/** Refuses a frame; it has no `seq`, as the end of a turn has. */
interface ErrorFrame {
  readonly type: 'error'
  readonly code: string
  readonly ref?: string
  readonly turn_id?: string
}

export function createSocketTalker(options: SocketTalkerOptions): SocketTalker {
  const { url, key, requests, dropAfter, onDrop, signal } = options
  let socket: WebSocket | undefined

  async function openSocket(): Promise<WebSocket | undefined> {
    if (socket?.readyState === WebSocket.OPEN) return socket
    const fresh = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws`, {
      headers: { authorization: `Bearer ${key}` },
      perMessageDeflate: false,
      handshakeTimeout: openingMs,
    })
    socket = fresh
    const opened = Promise.withResolvers<boolean>()
    fresh.on('open', () => opened.resolve(true))
    fresh.on('error', () => {}) // a close follows
    fresh.on('close', () => opened.resolve(false))
    return (await opened.promise) ? fresh : undefined
  }

  /** One try: sends the message or follows the turn, and reads until its end, or until the socket is gone. */
  async function attempt(turn: ClientTurn): Promise<Attempt['outcome']> {
    const at = Date.now()
    const { accepted } = turn
    const operation = accepted === undefined ? 'send' : 'follow'
    const request = accepted === undefined ? turn.key : `${accepted.turnId} ${at}`
    let answered = false
    const tried = (outcome: Attempt['outcome'], code?: string) => {
      if (answered || signal.aborted) return
      answered = true
      requests.tried({ at, request, operation, outcome, ...(code !== undefined && { code }) })
    }
    const open = await openSocket()
    if (open === undefined) {
      tried('broken')
      return 'broken'
    }
    const over = Promise.withResolvers<Attempt['outcome']>()
    const mostEvents = dropAfter()
    let [events, asked] = [0, false]
    const quiet = setInterval(() => {
      if (asked) {
        tried('late')
        open.terminate()
      } else {
        asked = true
        open.send('{"type":"ping"}')
      }
    }, quietMs)
    const onMessage = (data: Buffer) => {
      asked = false
      const frame = JSON.parse(data.toString()) as Frame // the judge sees what is not as it should be
      if (frame.type === 'pong') {
        if (accepted !== undefined) tried(200)
        return
      }
      if (frame.type === 'error' && !('seq' in frame)) {
        const outcome = statusOf(frame.code)
        tried(outcome, frame.code)
        over.resolve(outcome)
        return
      }
      // What is still said of a turn before this one.
      if (turn.accepted !== undefined && frame.turn_id !== turn.accepted.turnId) return
      tried(200)
      events += 1
      if (events > mostEvents) {
        onDrop()
        open.off('message', onMessage).terminate()
        return
      }
      if (turn.ended) return
      turn.apply(frame)
      if (turn.ended) over.resolve(200)
    }
    const onClose = () => {
      tried('broken')
      over.resolve('broken')
    }
    open.on('message', onMessage).on('close', onClose)
    turn.connected()
    open.send(JSON.stringify(accepted === undefined ? messageFrame(turn) : followFrame(accepted)))
    // A follow is not answered before there is news. Frames are handled in turn, so a pong says that it was heard.
    if (accepted !== undefined) open.send('{"type":"ping"}')
    const outcome = await over.promise
    clearInterval(quiet)
    open.off('message', onMessage).off('close', onClose)
    return outcome
  }

  return {
    async talk(turn) {
      const backoff = createBackoff()
      const hangUp = () => socket?.terminate()
      signal.addEventListener('abort', hangUp)
      while (!turn.ended && !signal.aborted) {
        const before = turn.accepted?.view.seq
        if (!isPassing(await attempt(turn))) break
        if (turn.accepted?.view.seq !== before) backoff.reset()
        if (!turn.ended) await backoff.wait(signal)
      }
      signal.removeEventListener('abort', hangUp)
    },
    close: () => socket?.terminate(),
  }
}

/** As the same refusal is called over HTTP, where it may be another a moment later; 400 for those that stay. */
const statusOf = (code: string): number => passing.get(code) ?? 400

const passing: ReadonlyMap<string, number> = new Map([
  ['rate_limited', 429],
  ['model_unavailable', 503],
  ['overloaded', 503],
  ['shutting_down', 503],
  ['internal', 500],
])

const messageFrame = ({ conversationId, question, key }: ClientTurn) => ({
  conversation_id: conversationId,
  content: question,
  idempotency_key: key,
  ref: key,
})

const followFrame = ({ turnId, view }: NonNullable<ClientTurn['accepted']>) => ({
  type: 'follow',
  turn_id: turnId,
  after: view.seq,
})
