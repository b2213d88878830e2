import { setTimeout as wait } from 'node:timers/promises'
import { type Clock, Fault, type IdSource, type Log } from '#kit'
import type { LlmRouter } from '#llm-router'
import type { Message, Model, NewMessage, TurnStatus } from '#protocol'
import type { Store } from '#store'
import { type ConversationService, createConversationService } from './conversations.ts'
import { createTokenEstimator } from './estimate-tokens.ts'
import { createLiveTurns } from './live-turns.ts'
import { createRecovery } from './recovery.ts'
import { runTurn, type TurnMetrics } from './run-turn/run-turn.ts'
import { type SentMessage, sendMessage } from './send-message.ts'
import { toMessage } from './to-wire.ts'
import { createWorkerLease } from './worker-lease.ts'

export interface Chat {
  readonly conversations: ConversationService
  models(): Model[]
  /**
   * Stores a message and starts its turn; resolves once everything is stored. Throws `not_found`, `invalid_field`,
   * `model_not_found`, `model_unavailable`, `overloaded`, `shutting_down`; then nothing is stored.
   */
  send(userId: string, conversationId: string, message: NewMessage): Promise<SentMessage>
  /** Waits for the turn's end and returns its answer. Throws the turn's own fault where it failed. */
  answer(userId: string, conversationId: string, sent: SentMessage): Promise<Message>
  readonly runningTurns: number
  /** Takes the lease and looks after what dead processes left behind. */
  start(): Promise<void>
  /** Refuses new turns, lets the running ones end within `limitMs`, interrupts the rest, and gives the lease back. */
  drain(limitMs: number): Promise<void>
}

export interface ChatOptions {
  readonly store: Store
  readonly llmRouter: LlmRouter
  readonly metrics: TurnMetrics
  readonly clock: Clock
  readonly log: Log
  readonly newId: IdSource
  /** This release's version, written beside the lease. */
  readonly release: string
  readonly leaseMs: number
  /** This process is the only one on its database. */
  readonly alone: boolean
}

const lookAgainMs = 250
const isOpen = (status: TurnStatus) => status === 'queued' || status === 'running'

export function createChat(options: ChatOptions): Chat {
  const { store, llmRouter, clock, log, newId } = options
  const workerId = newId()
  const turnDeps = { ...options, estimator: createTokenEstimator() }
  const liveTurns = createLiveTurns({
    runTurn: (turn, signal) => runTurn(turnDeps, turn, signal),
    store,
    workerId,
    log,
  })
  const lease = createWorkerLease({ ...options, workerId })
  const recovery = createRecovery({ ...options, lease, run: liveTurns.run })
  let draining = false

  return {
    conversations: createConversationService({ store, llmRouter, newId, clock }),
    models: llmRouter.models,
    get runningTurns() {
      return liveTurns.running
    },
    async send(userId, conversationId, message) {
      if (draining) throw new Fault('shutting_down', 'This server is shutting down.', { retryAfterMs: 2_000 })
      return sendMessage({ store, llmRouter, liveTurns, workerId, newId }, userId, conversationId, message)
    },
    async answer(userId, conversationId, { turnId, messageId }) {
      for (;;) {
        // A turn that is queued, or that another process runs, is looked for in the database until it has ended.
        await (liveTurns.ended(turnId) ?? wait(lookAgainMs))
        const answer = await store.of(userId).messages.answer(conversationId, messageId)
        if (answer === undefined) throw new Fault('not_found', 'The conversation was deleted in the meantime.')
        if (answer.fault !== null) throw new Fault(answer.fault.code, answer.fault.detail)
        if (!isOpen(answer.message.status)) return toMessage(answer.message)
      }
    },
    start: recovery.start,
    async drain(limitMs) {
      draining = true
      await liveTurns.drain(limitMs)
      await recovery.stop()
    },
  }
}
