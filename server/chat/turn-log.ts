import type { Log } from '#kit'
import type { Store } from '#store'
import type { LiveTurn } from './live-turn.ts'

/** Writes the logs of all turns of this process to the database as they grow. */
export interface TurnLog {
  start(): void
  /** Resolves when the flush under way has ended: after that, none touches a turn whose log is closed. */
  settled(): Promise<void>
  /** Writes what a turn that says no more has said, if the database takes it soon. */
  written(live: LiveTurn): Promise<void>
  stop(): Promise<void>
}

/** Between two flushes: a crash may take at most 250 ms of text along, and a flush needs some of these itself. */
const everyMs = 200
/** One for the flush that a turn came too late for, one for a log that has to be written as a whole. */
const mostFlushes = 3

export function createTurnLog(store: Store, liveTurns: () => Iterable<LiveTurn>, log: Log): TurnLog {
  let flushing: Promise<void> | undefined
  let failing = false
  let timer: NodeJS.Timeout | undefined

  function flush(): Promise<void> {
    flushing ??= flushAll().finally(() => {
      flushing = undefined
    })
    return flushing
  }

  async function flushAll(): Promise<void> {
    const grown = [...liveTurns()].flatMap(live => {
      const text = live.unlogged()
      return text === undefined ? [] : [{ live, text }]
    })
    if (grown.length === 0) return
    try {
      const broken = await store.logTurns(grown.map(({ text }) => text))
      for (const { live, text } of grown) {
        if (broken.has(text.turnId)) live.logAsWhole()
        else live.logged(text)
      }
      failing = false
    } catch (error) {
      // What was not written is part of the next flush.
      if (!failing) log.warn({ error }, 'the logs of running turns could not be written; it goes on trying')
      failing = true
    }
  }

  return {
    start() {
      timer = setInterval(() => void flush(), everyMs)
    },
    settled: async () => flushing,
    async written(live) {
      for (let flushes = 0; flushes < mostFlushes && live.unlogged() !== undefined; flushes++) await flush()
    },
    async stop() {
      clearInterval(timer)
      await flushing
    },
  }
}
