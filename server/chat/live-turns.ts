import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '#kit'
import type { Ticket } from '#llm-router'
import type { ClaimedTurn, Store } from '#store'
import { createLiveTurn, type EarlyEnd, type LiveTurn } from './live-turn.ts'
import type { ReaderTick } from './reader-tick.ts'
import type { RunOutcome } from './run-turn/run-turn.ts'

/** The turns that run in this process, apart from any connection. */
export interface LiveTurns {
  /**
   * Runs a turn that this process owns; resolves when its end is recorded. One that runs already, under this epoch, goes
   * on as it does. `ticket` is its place in line, given back at the end; without one, it gets one that is never refused.
   * Never rejects.
   */
  run(turn: ClaimedTurn, ticket?: Ticket): Promise<void>
  get(turnId: string): LiveTurn | undefined
  all(): Iterable<LiveTurn>
  /** Resolves when the turn has ended; at once when it does not run here. */
  ended(turnId: string): Promise<void>
  readonly running: number
  /**
   * Waits until no turn runs, at most `limitMs`; then ends those that do, and any that begins later, and waits five
   * seconds for their records.
   */
  drain(limitMs: number, how: () => Promise<EarlyEnd>): Promise<void>
}

export interface LiveTurnsDeps {
  /** Undefined: the turn was no longer this process's to end. */
  readonly runTurn: (live: LiveTurn, ticket: Ticket | undefined) => Promise<RunOutcome | undefined>
  readonly store: Store
  readonly workerId: string
  readonly tick: ReaderTick
  readonly log: Log
}

/** Longest life of a turn, in milliseconds. */
export const deadlineMs = 600_000
/** How long a drain waits for the records of interrupted turns: without a database they would take forever. */
const recordMs = 5_000

export function createLiveTurns({ runTurn, store, workerId, tick, log }: LiveTurnsDeps): LiveTurns {
  const running = new Map<string, { readonly live: LiveTurn; readonly ended: Promise<void> }>()

  let allEnd: EarlyEnd | undefined

  async function run(turn: ClaimedTurn, ticket?: Ticket): Promise<void> {
    const before = running.get(turn.turnId)?.live
    if (before !== undefined && before.turn.epoch >= turn.epoch) {
      ticket?.release()
      return
    }
    before?.endEarly('fenced')
    const live = createLiveTurn(turn, tick)
    const ended = Promise.withResolvers<void>()
    const deadline = setTimeout(() => live.endEarly('deadline'), deadlineMs - (turn.taken?.ranMs ?? 0))
    if (turn.taken?.stopRequested) live.endEarly('stopped')
    if (allEnd !== undefined) live.endEarly(allEnd)
    running.set(turn.turnId, { live, ended: ended.promise })
    const outcome = await runTurn(live, ticket).catch((error: unknown) => {
      log.error({ turn_id: turn.turnId, error }, 'a turn could not be recorded')
      live.end({ type: 'error', code: 'internal', message: 'Something went wrong on our side.', retryable: true })
      return undefined
    })
    ticket?.release()
    if (outcome?.othersOpen) await runWaiting(turn)
    clearTimeout(deadline)
    if (running.get(turn.turnId)?.live === live) running.delete(turn.turnId)
    ended.resolve()
  }

  /** Starts what waited for this turn's answer. If that fails, recovery finds the waiting turns within seconds. */
  async function runWaiting(turn: ClaimedTurn): Promise<void> {
    const owner = store.of(turn.userId)
    try {
      const next = await owner.turns.claimWaiting(turn.conversationId, turn.answerId, workerId)
      for (const waitingTurn of next) void run(waitingTurn)
    } catch (error) {
      log.warn({ turn_id: turn.turnId, error }, 'what waited for a turn could not be started; recovery will')
    }
  }

  async function allEnded(): Promise<void> {
    // A turn's end may start the one that waited for it.
    while (running.size > 0) await Promise.all([...running.values()].map(({ ended }) => ended))
  }

  return {
    run,
    get: turnId => running.get(turnId)?.live,
    *all() {
      for (const { live } of running.values()) yield live
    },
    ended: async turnId => running.get(turnId)?.ended,
    get running() {
      return running.size
    },
    async drain(limitMs, how) {
      const limit = setTimeout(async () => {
        allEnd = await how()
        for (const { live } of running.values()) live.endEarly(allEnd)
      }, limitMs)
      await Promise.race([allEnded(), wait(limitMs + recordMs, undefined, { ref: false })])
      clearTimeout(limit)
    },
  }
}
