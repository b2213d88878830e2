import { randomUUID } from 'node:crypto'
import type { TurnEvent } from '#protocol'
import { answerText } from './answer-text.ts'
import { type HistoryWriter, textOf } from './history.ts'
import type { Requests } from './requests.ts'
import { type TurnView, viewTurn } from './turn-view.ts'

/** One message of a client and its answer, from the first try to send it until the client has seen the end. */
export interface ClientTurn {
  readonly key: string
  readonly question: string
  readonly conversationId: string
  /** Undefined until the message is acknowledged. */
  readonly accepted: { readonly turnId: string; readonly view: TurnView } | undefined
  readonly ended: boolean
  /** The server has said that it has the message. Said again, it must be the same turn. */
  acknowledge(turnId: string, userMessageId: string): void
  /** A connection over which its events come begins. */
  connected(): void
  /** Its first `start` acknowledges the message. */
  apply(event: TurnEvent): void
  /** What the client saw goes into the history. */
  close(): void
}

export interface ClientTurnOptions {
  readonly client: number
  readonly conversationId: string
  readonly question: string
  readonly history: HistoryWriter
  readonly requests: Requests
  /** When the client stops it, in milliseconds after the acknowledgement; undefined: never. */
  readonly stopAfterMs: number | undefined
  readonly signal: AbortSignal
}

export function beginTurn(options: ClientTurnOptions): ClientTurn {
  const { client, conversationId, question, history, requests, stopAfterMs, signal } = options
  const key = randomUUID()
  let accepted: ClientTurn['accepted']
  let connections = 0
  let stopping: NodeJS.Timeout | undefined
  let stopAskedAt: number | undefined
  let stopAnsweredAt: number | undefined

  async function stop(turnId: string): Promise<void> {
    stopAskedAt = Date.now()
    const answer = await requests.call({ operation: 'stop', method: 'POST', path: `/turns/${turnId}/stop` }, signal)
    if (answer !== undefined) stopAnsweredAt = Date.now()
  }

  const turn: ClientTurn = {
    key,
    question,
    conversationId,
    get accepted() {
      return accepted
    },
    get ended() {
      return accepted?.view.end !== undefined
    },
    acknowledge(turnId, userMessageId) {
      history.write({
        type: 'acknowledged',
        at: Date.now(),
        client,
        key,
        conversationId,
        question,
        turnId,
        userMessageId,
      })
      if (accepted !== undefined) return
      accepted = { turnId, view: viewTurn(Date.now) }
      if (stopAfterMs !== undefined) stopping = setTimeout(() => void stop(turnId), stopAfterMs)
    },
    connected() {
      connections += 1
      accepted?.view.connected()
    },
    apply(event) {
      if (event.type === 'start' && (accepted === undefined || accepted.turnId !== event.turn_id))
        turn.acknowledge(event.turn_id, event.user_message_id)
      accepted?.view.apply(event)
    },
    close() {
      clearTimeout(stopping)
      if (accepted === undefined) return
      const { turnId, view } = accepted
      history.write({
        type: 'ended',
        at: Date.now(),
        client,
        turnId,
        end: view.end?.type ?? 'unfinished',
        reason: (view.end?.type === 'done' ? view.end.finish_reason : view.end?.code) ?? null,
        text: textOf(view.text),
        ...(!answerText(question).startsWith(view.text) && { wrongText: view.text }),
        violations: view.violations,
        pauses: view.pauses,
        connections,
        ...(stopAskedAt !== undefined && { stopAskedAt }),
        ...(stopAnsweredAt !== undefined && { stopAnsweredAt }),
      })
    },
  }
  return turn
}
