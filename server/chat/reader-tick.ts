import { performance } from 'node:perf_hooks'
import type { ReadPace } from '#llm-router'

/**
 * When readers are told that their turns have news. At rest at the end of the event loop's current round, so that what
 * one round reads from clusters leaves in one go, a frame per token; under pressure only every so often, and then what
 * came in between is read in one go, too, and its tokens may leave as one. Pressure begins where the event loop is busy for a quarter of the time with so many
 * tokens that it is they who keep it busy: twenty frames a second read as smoothly as fifty, and cost half. They become
 * fewer only where it is busy for more than 70 %. While `mayTell` says no, nobody is told anything.
 */
export interface ReaderTick extends ReadPace {
  /** Under pressure: a reader may get tokens merged. */
  readonly pressed: boolean
  /** Calls `read` once at the next tick. What it brings within a round of the event loop is told at that tick, too. */
  later(read: () => void): void
  /** Readers may be told things now. */
  readonly open: () => boolean
  /** Calls `tell` once at the next tick, however often it is asked to; at the end of this round when it is urgent. */
  soon(tell: () => void, urgent: boolean): void
  /** Tells those who could not be told before. */
  release(): void
  stop(): void
}

/** What the event loop did since the last call, as a share of that time. */
export type BusyShare = () => number

const sampleEveryMs = 100
/** Between resting and pressed, and between the shortest tick and longer ones: up above the one, down below the other. */
const firstStep = { above: 0.25, below: 0.12 }
const furtherSteps = { above: 0.7, below: 0.5 }
/** Fewer calls than these, for the tokens of some 20 answers, are not what keeps a loop busy. */
const leastCallsOfSample = 80
/** Twice as long, or half, at each further step: 20 frames a second, or 4. */
const shortestTickMs = 50
const longestTickMs = 250

export function createReaderTick(mayTell: () => boolean, busyShare: BusyShare = busyShareOfThisThread()): ReaderTick {
  const thisRound = new Set<() => void>()
  const nextTick = new Set<() => void>()
  const reads = new Set<() => void>()
  const held = new Set<() => void>()
  let roundEnds = false
  let ticking = false
  let tickMs = 0 // 0: at rest
  let calls = 0
  const samples = setInterval(() => {
    const share = busyShare()
    tickMs = calls < leastCallsOfSample ? 0 : nextTickMs(tickMs, share)
    calls = 0
    tick.pressed = tickMs > 0
  }, sampleEveryMs).unref()

  /** Empties the set first: who is called may ask to be called again. */
  function callAll(set: Set<() => void>): void {
    const all = [...set]
    set.clear()
    const open = mayTell()
    for (const call of all) {
      if (open) call()
      else held.add(call)
    }
  }

  function tickLater(): void {
    if (ticking) return
    ticking = true
    setTimeout(() => {
      ticking = false
      const due = [...reads]
      reads.clear()
      for (const read of due) read()
      setImmediate(() => callAll(nextTick))
    }, tickMs || shortestTickMs)
  }

  // `pressed` is no getter: those of a literal make a dictionary of it, which every token would have to search.
  const tick = {
    pressed: false,
    open: mayTell,
    later(read: () => void) {
      calls += 1
      reads.add(read)
      tickLater()
    },
    soon(tell: () => void, urgent: boolean) {
      calls += 1
      if (tickMs > 0 && !urgent) {
        nextTick.add(tell)
        tickLater()
        return
      }
      thisRound.add(tell)
      if (roundEnds) return
      roundEnds = true
      setImmediate(() => {
        roundEnds = false
        callAll(thisRound)
      })
    },
    release: () => callAll(held),
    stop: () => clearInterval(samples),
  }
  return tick
}

function nextTickMs(tickMs: number, busyShare: number): number {
  if (tickMs === 0) return busyShare > firstStep.above ? shortestTickMs : 0
  if (busyShare > furtherSteps.above) return Math.min(longestTickMs, 2 * tickMs)
  if (tickMs > shortestTickMs) return busyShare < furtherSteps.below ? Math.max(shortestTickMs, tickMs / 2) : tickMs
  return busyShare < firstStep.below ? 0 : tickMs
}

function busyShareOfThisThread(): BusyShare {
  let before = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    return utilization
  }
}
