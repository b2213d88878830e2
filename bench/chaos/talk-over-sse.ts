import type { IncomingMessage } from 'node:http'
import { AcceptedTurn } from '#protocol'
import { createBackoff } from './backoff.ts'
import type { ClientTurn } from './client-turn.ts'
import { createFrameReader } from './event-frames.ts'
import { isPassing, type Requests } from './requests.ts'

/** What both ways to talk need. */
export interface Talk {
  readonly requests: Requests
  /** After so many events the client drops its connection, each time anew. */
  readonly dropAfter: () => number
  readonly onDrop: () => void
  readonly signal: AbortSignal
}

/** Servers say something every 15 s, be it a comment: a stream silent for longer is dead. */
const silenceMs = 20_000

/**
 * Sends the message and reads its answer, by REST and server-sent events, until its end: what breaks before the
 * acknowledgement is sent again under the same key, what breaks later is followed from the last event on. Gives up when the signal
 * aborts, or when the server refuses for good.
 */
export async function talkOverSse(turn: ClientTurn, talk: Talk, receiptFirst: boolean): Promise<void> {
  const { requests, signal } = talk
  const backoff = createBackoff()
  const path = `/conversations/${turn.conversationId}/messages`
  const message = {
    operation: 'send',
    method: 'POST',
    path,
    body: { content: turn.question },
    request: turn.key,
  } as const
  if (receiptFirst) {
    const headers = { 'idempotency-key': turn.key, prefer: 'respond-async' }
    const answer = await requests.call({ ...message, headers }, signal)
    if (answer?.status !== 202) return
    const accepted = AcceptedTurn.parse(answer.body)
    turn.acknowledge(accepted.turn_id, accepted.user_message_id)
  }
  while (!turn.ended && !signal.aborted) {
    const headers = { accept: 'text/event-stream' }
    const { accepted } = turn
    const opened = await requests.open(
      accepted === undefined
        ? { ...message, headers: { ...headers, 'idempotency-key': turn.key } }
        : {
            operation: 'follow',
            method: 'GET',
            path: `/turns/${accepted.turnId}/events`,
            headers: { ...headers, 'last-event-id': String(accepted.view.seq) },
          },
      signal,
    )
    if (typeof opened === 'object') {
      turn.connected()
      if ((await readEvents(opened, turn, talk)) > 0) backoff.reset()
    } else if (!isPassing(opened)) {
      return
    }
    if (!turn.ended && !(await backoff.wait(signal))) return
  }
}

/** Applies events until the stream ends, or is dropped after so many. Resolves with how many there were. */
function readEvents(response: IncomingMessage, turn: ClientTurn, talk: Talk): Promise<number> {
  const dropAfter = talk.dropAfter()
  const over = Promise.withResolvers<number>()
  let events = 0
  const silence = setTimeout(() => response.destroy(), silenceMs)
  const frames = createFrameReader(event => {
    events += 1
    if (events > dropAfter) return false
    turn.apply(event)
    return true
  })
  response.setEncoding('utf8').on('data', (piece: string) => {
    silence.refresh()
    if (frames.push(piece) || response.destroyed) return
    talk.onDrop()
    response.destroy()
  })
  response.on('close', () => {
    clearTimeout(silence)
    over.resolve(events)
  })
  return over.promise
}
