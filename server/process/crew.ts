import cluster, { type Worker } from 'node:cluster'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { channelOf, type Line, openLine } from '#hub'
import type { Clock, Log } from '#kit'
import { type Beginning, order, Serving, told } from './worker-messages.ts'

export interface CrewOptions {
  readonly size: number
  /** Without its own number and that of all. */
  readonly beginning: Omit<Beginning, 'worker' | 'workers'>
  /** Called with each worker's line once it serves. */
  readonly greet: (line: Line) => void
  /** Answers what workers ask about what they share. */
  readonly answer: (subject: string, question: unknown) => Promise<unknown>
  readonly clock: Clock
  readonly log: Log
}

/** The workers: processes that serve on one port. One that dies gets a successor. */
export interface Crew {
  /** Starts all, and resolves once each serves, with what the first of them said. Rejects with why one cannot. */
  start(): Promise<Serving>
  /** Resolves with why, when they keep ending before they serve. */
  readonly failed: Promise<Error>
  /** To those who serve now. */
  readonly lines: readonly Line[]
  /** Lets running answers end within `limitMs`, in all at once; resolves when all have ended. See `Server.stop`. */
  stop(limitMs: number): Promise<void>
}

/** Somewhere a worker works. */
interface Place {
  readonly number: number
  worker: Worker | undefined
  line: Line | undefined
  serves: boolean
  /** What it last said of why it could not start. */
  reason: string | undefined
}

/** So many that end before they serve, within the span, are no accident. */
const mostFailures = 5
const spanMs = 60_000
/** The first successor comes at once, the next ones later and later, up to the longest pause. */
const [pauseMs, longestPauseMs] = [100, 5_000]
/** What a worker may take beyond the time for running answers: to close its connections, and to leave. */
const leavingMs = 15_000

export function createCrew({ size, beginning, greet, answer, clock, log }: CrewOptions): Crew {
  // Workers accept for themselves: docs/decisions/0015-workers-and-the-hub.md.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ serialization: 'advanced' })
  const places = Array.from({ length: size }, (_, index): Place => {
    return { number: index + 1, worker: undefined, line: undefined, serves: false, reason: undefined }
  })
  const failed = Promise.withResolvers<Error>()
  const allServe = Promise.withResolvers<Serving>()
  const ending = new AbortController()
  const served = new Set<Place>()
  const lastDeaths = createRecentCount(clock)
  const lastFailures = createRecentCount(clock)
  let kept: Promise<unknown> = Promise.resolve()

  function hear(place: Place, subject: string, question: unknown): Promise<unknown> {
    switch (subject) {
      case told.serving: {
        place.serves = true
        served.add(place)
        log.info({ worker: place.number, pid: place.worker?.process.pid }, 'a worker serves')
        if (place.line !== undefined) greet(place.line)
        if (served.size === size) allServe.resolve(Serving.parse(question))
        return Promise.resolve()
      }
      case told.failure:
        place.reason = z.string().parse(question)
        return Promise.resolve()
      default:
        return answer(subject, question)
    }
  }

  /** The life of one worker; resolves at its end. */
  async function live(place: Place): Promise<{ readonly served: boolean; readonly end: string }> {
    const worker = cluster.fork()
    const first: Beginning = { ...beginning, worker: place.number, workers: size }
    worker.send(first, () => {}) // one that is gone already says so below
    const line = openLine({
      channel: channelOf(worker.process),
      answer: (subject, question) => hear(place, subject, question),
      log,
    })
    Object.assign(place, { worker, line, serves: false, reason: undefined })
    const exited = Promise.withResolvers<string>()
    worker.once('exit', (code, signal) => exited.resolve(signal ?? `code ${code}`))
    const end = await exited.promise
    const { serves } = place
    Object.assign(place, { worker: undefined, line: undefined, serves: false })
    line.close()
    return { served: serves, end }
  }

  /** Keeps a worker in the place. */
  async function keep(place: Place): Promise<void> {
    while (!ending.signal.aborted) {
      const { served: hasServed, end } = await live(place)
      if (ending.signal.aborted) return
      log.error({ worker: place.number, end }, 'a worker died')
      const failures = hasServed ? 0 : lastFailures.add()
      // What keeps the first ones from starting is seldom gone a moment later: the operator had better hear of it at once.
      if (failures >= mostFailures || (served.size === 0 && place.reason !== undefined)) {
        failed.resolve(new Error(place.reason ?? `Parley stopped: its workers end before they serve (${end}).`))
        return
      }
      const pause = Math.min(pauseMs * 2 ** (lastDeaths.add() - 1), longestPauseMs)
      await wait(pause, undefined, { signal: ending.signal }).catch(() => {})
    }
  }

  return {
    failed: failed.promise,
    async start() {
      kept = Promise.all(places.map(keep))
      const first = await Promise.race([allServe.promise, failed.promise])
      if (first instanceof Error) throw first
      return first
    },
    get lines() {
      return places.flatMap(({ line, serves }) => (line === undefined || !serves ? [] : [line]))
    },
    async stop(limitMs) {
      ending.abort()
      for (const { line } of places) {
        void line?.ask(order.stop, limitMs, { limitMs: leavingMs, surely: true }).catch(() => {})
      }
      const kill = () => {
        for (const { worker } of places) worker?.process.kill('SIGKILL')
      }
      const timer = setTimeout(kill, limitMs + leavingMs)
      await kept
      clearTimeout(timer)
    },
  }
}

/** Counts what happened lately. */
function createRecentCount(clock: Clock) {
  let times: readonly number[] = []
  return {
    /** How many there were within the span, this one among them. */
    add(): number {
      const now = clock.elapsed()
      times = [...times.filter(time => now - time < spanMs), now]
      return times.length
    },
  }
}
