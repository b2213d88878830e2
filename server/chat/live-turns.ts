import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '#kit'
import type { ClaimedTurn, EndOutcome, Store } from '#store'
import type { EarlyEnd } from './run-turn/run-turn.ts'

/** The turns that run in this process, apart from any connection. */
export interface LiveTurns {
  /** Runs a turn that this process owns; resolves when its end is recorded. Never rejects. */
  run(turn: ClaimedTurn): Promise<void>
  /** Resolves when the turn has ended; undefined when it does not run here. */
  ended(turnId: string): Promise<void> | undefined
  readonly running: number
  /** Waits until no turn runs, at most `limitMs`; then interrupts those that do, and waits five seconds for their records. */
  drain(limitMs: number): Promise<void>
}

export interface LiveTurnsDeps {
  readonly runTurn: (turn: ClaimedTurn, signal: AbortSignal) => Promise<EndOutcome>
  readonly store: Store
  readonly workerId: string
  readonly log: Log
}

/** Longest life of a turn. */
const deadlineMs = 600_000
/** How long a drain waits for the records of interrupted turns: without a database they would take forever. */
const recordMs = 5_000

export function createLiveTurns({ runTurn, store, workerId, log }: LiveTurnsDeps): LiveTurns {
  const running = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>()

  async function run(turn: ClaimedTurn): Promise<void> {
    const ended = Promise.withResolvers<void>()
    const abort = new AbortController()
    const deadline = setTimeout(() => abort.abort('deadline' satisfies EarlyEnd), deadlineMs)
    running.set(turn.turnId, { abort, ended: ended.promise })
    try {
      const outcome = await runTurn(turn, abort.signal)
      if (outcome.ended && outcome.othersOpen) await runWaiting(turn)
    } catch (error) {
      log.error({ turn_id: turn.turnId, error }, 'a turn could not be recorded')
    } finally {
      clearTimeout(deadline)
      running.delete(turn.turnId)
      ended.resolve()
    }
  }

  /** Starts what waited for this turn's answer. If that fails, recovery finds the waiting turns within seconds. */
  async function runWaiting(turn: ClaimedTurn): Promise<void> {
    const owner = store.of(turn.userId)
    const next = await owner.turns.claimWaiting(turn.conversationId, turn.answerId, workerId)
    for (const waitingTurn of next) void run(waitingTurn)
  }

  return {
    run,
    get running() {
      return running.size
    },
    ended: turnId => running.get(turnId)?.ended,
    async drain(limitMs) {
      const limit = setTimeout(() => {
        for (const { abort } of running.values()) abort.abort('shutting_down' satisfies EarlyEnd)
      }, limitMs)
      await Promise.race([allEnded(), wait(limitMs + recordMs, undefined, { ref: false })])
      clearTimeout(limit)
    },
  }

  async function allEnded(): Promise<void> {
    // A turn's end may start the one that waited for it.
    while (running.size > 0) await Promise.all([...running.values()].map(({ ended }) => ended))
  }
}
