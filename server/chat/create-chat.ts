import { type Clock, Fault, type IdSource, type Log } from '#kit'
import type { LlmRouter } from '#llm-router'
import type { AcceptedTurn, Message, Model, Turn, TurnDetails } from '#protocol'
import type { Safety } from '#safety'
import type { Store } from '#store'
import { answerOf } from './answer-of.ts'
import { type BeginTurns, createBeginTurns } from './begin-turns.ts'
import { type ConversationService, createConversationService } from './conversations.ts'
import { createTokenEstimator } from './estimate-tokens.ts'
import { followTurn } from './follow-turn.ts'
import { createLiveTurns } from './live-turns.ts'
import { nameConversation } from './name-conversation.ts'
import type { Peers } from './peers.ts'
import { createReaderTick } from './reader-tick.ts'
import { createRecovery } from './recovery.ts'
import type { AnswerSharing } from './run-turn/generate-answer.ts'
import { runTurn, type TurnMetrics } from './run-turn/run-turn.ts'
import { stopLive, stopTurn } from './stop-turn.ts'
import { toTurn } from './to-wire.ts'
import type { TurnFeed } from './turn-feed.ts'
import { createTurnLog } from './turn-log.ts'
import { createWorkerLease } from './worker-lease.ts'

export interface Chat {
  readonly conversations: ConversationService
  models(): Model[]
  /** The ways a turn begins; while this process drains, all throw `shutting_down`. */
  readonly begin: BeginTurns
  /**
   * A reader of a turn that has seen everything up to `after` (0: nothing). Undefined when the turn has ended and there
   * is nothing new to them. Throws `not_found`.
   */
  follow(userId: string, turnId: string, after: number): Promise<TurnFeed | undefined>
  /** Waits for an accepted turn's end and returns its answer. Throws the turn's own fault where it failed. */
  answer(userId: string, accepted: AcceptedTurn): Promise<Message>
  /** Throws `not_found`. */
  turn(userId: string, turnId: string): Promise<TurnDetails>
  /**
   * Stops a turn, also before its first token; the text so far is kept. Resolves when the turn has ended, or when its
   * owner has been asked. One that has ended stays as it is. Throws `not_found`.
   */
  stop(userId: string, turnId: string): Promise<Turn>
  readonly runningTurns: number
  /** What the other processes on this database may ask of this one. */
  readonly forPeers: ForPeers
  /** Takes the lease and takes over what dead processes left behind; peers reach this process at `address`. */
  start(address: string): Promise<void>
  /**
   * Refuses new turns and lets the running ones end within `limitMs`. The rest is handed over to the other processes on
   * this database, or interrupted where there is none. Gives the lease back.
   */
  drain(limitMs: number): Promise<void>
}

/** The other side of `Peers`. */
export interface ForPeers {
  /** Undefined when the turn does not run here, or may run elsewhere by now. */
  follow(userId: string, turnId: string, after: number): PeerFeed | undefined
  /** Resolves when the turn has ended, if it runs here, or after two seconds. */
  stop(userId: string, turnId: string): Promise<void>
  wake(): void
}

export interface PeerFeed {
  readonly feed: TurnFeed
  /** The turn runs here no longer, or may run elsewhere by now: nothing more comes. */
  readonly lost: boolean
}

export interface ChatOptions {
  readonly store: Store
  readonly llmRouter: LlmRouter
  readonly safety: Safety
  /** Undefined: every prompt is answered anew. */
  readonly sharing: AnswerSharing | undefined
  readonly metrics: TurnMetrics
  readonly peers: Peers
  readonly clock: Clock
  readonly log: Log
  readonly newId: IdSource
  /** This release's version, written beside the lease. */
  readonly release: string
  readonly leaseMs: number
  /** This process is the only one on its database. */
  readonly alone: boolean
  /** Told every few seconds how many processes serve on the database, this one among them. */
  readonly onLive: (processes: number) => void
  /** Most turns of one user that may be queued or running; 0: no limit. */
  readonly mostOpenTurns: number
}

export function createChat(options: ChatOptions): Chat {
  const { store, llmRouter, peers, clock, log, newId } = options
  const workerId = newId()
  const turnLog = createTurnLog(store, () => liveTurns.all(), log)
  const lease = createWorkerLease({ ...options, workerId })
  const tick = createReaderTick(() => lease.current)
  const turnDeps = { ...options, estimator: createTokenEstimator(), turnLog, tick }
  const liveTurns = createLiveTurns({
    async runTurn(live, ticket) {
      const outcome = await runTurn(turnDeps, live, ticket)
      if (outcome?.untitled && !draining) void nameConversation(options, live.turn, live.text)
      return outcome
    },
    store,
    workerId,
    tick,
    log,
  })
  const recovery = createRecovery({ ...options, lease, liveTurns, tick })
  const begin = createBeginTurns({ ...options, run: liveTurns.run, workerId })
  let draining = false

  /** Refuses while draining; a turn that was accepted before goes on. */
  const unlessDraining =
    <Input extends unknown[], Result>(work: (...input: Input) => Promise<Result>) =>
    async (...input: Input): Promise<Result> => {
      if (draining) throw new Fault('shutting_down', 'This server is shutting down.', { retryAfterMs: 2_000 })
      return work(...input)
    }

  const follow = (userId: string, turnId: string, after: number) =>
    followTurn({ store, liveTurns, peers, workerId, clock, log }, userId, turnId, after)

  async function othersOf(): Promise<readonly string[]> {
    if (options.alone) return []
    return store.workers.others(workerId).catch(() => [])
  }

  return {
    conversations: createConversationService({
      store,
      llmRouter,
      async forgetAnswers(conversationId) {
        await options.sharing?.promptCache.forget(conversationId)
      },
      newId,
      clock,
    }),
    models: llmRouter.models,
    begin: {
      send: unlessDraining(begin.send),
      regenerate: unlessDraining(begin.regenerate),
      goOn: unlessDraining(begin.goOn),
    },
    follow,
    async answer(userId, { turn_id }) {
      const feed = await follow(userId, turn_id, 0)
      if (feed === undefined) throw new Fault('not_found', 'There is no such turn.')
      return answerOf(feed)
    },
    async turn(userId, turnId) {
      const { turns, conversations } = store.of(userId)
      const row = await turns.get(turnId)
      const kept = row && (await conversations.modelOf(row.conversation_id))
      if (row === undefined || kept === undefined) throw new Fault('not_found', 'There is no such turn.')
      const generations = row.ended_at === null ? [] : await turns.generations(turnId)
      return { ...toTurn(row), generations }
    },
    stop: (userId, turnId) => stopTurn({ store, liveTurns, peers, workerId, log }, userId, turnId),
    get runningTurns() {
      return liveTurns.running
    },
    forPeers: {
      follow(userId, turnId, after) {
        const live = liveTurns.get(turnId)
        if (live?.turn.userId !== userId || live.lost || !lease.current) return undefined
        const feed = live.feed(after)
        return {
          feed,
          get lost() {
            return live.lost || !lease.current
          },
        }
      },
      async stop(userId, turnId) {
        const live = liveTurns.get(turnId)
        if (live?.turn.userId === userId) await stopLive(live, liveTurns)
      },
      wake: recovery.wake,
    },
    async start(address) {
      turnLog.start()
      await recovery.start(address)
    },
    async drain(limitMs) {
      draining = true
      recovery.rest() // what is handed over is still its own for a moment, and looks forgotten
      await liveTurns.drain(limitMs, async () => ((await othersOf()).length > 0 ? 'handed_over' : 'shutting_down'))
      await turnLog.stop()
      await recovery.stop()
      // They would see within two seconds that there is something to take over; readers wait for it.
      await Promise.allSettled((await othersOf()).map(peers.wake))
      tick.stop()
    },
  }
}
