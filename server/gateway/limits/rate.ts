import type { Clock } from '#kit'
import { type Allowance, boundless, describeAllowance, slackMs, unitsOf } from './allowance.ts'

/** A meter for many keys. Synchronous; keys know nothing of each other. A cost that is not a positive number is none. */
export interface Rate {
  /**
   * Spends `cost` (1 unless told) if it is allowed; else changes nothing. More than the whole limit passes only after a
   * full rest, and leaves a debt, so that the rate holds and waiting always helps.
   */
  spend(key: string, cost?: number): Allowance
  /** What `spend(key)` would find now: `allowed` speaks of one unit. Spends nothing. */
  peek(key: string): Allowance
  /** Spends what was already used, whatever is left; the debt is paid off at the rate before anything is allowed again. */
  charge(key: string, cost: number): void
  /** Keys held in memory now. */
  readonly size: number
}

export interface RateOptions {
  /** Units a minute, in the long run; 0 is no limit: everything is allowed, with an infinite limit. */
  readonly perMinute: number
  /** Units that may come at once after a rest; at least one. */
  readonly burst: number
  readonly clock: Clock
  /** Keys held at most (100,000). Past it about the oldest is forgotten, which errs in its user's favour. */
  readonly maxKeys?: number
}

/**
 * The generic cell rate algorithm, in its "virtual scheduling" form (ITU-T Recommendation I.371; ATM Forum Traffic
 * Management Specification 4.0): one number a key, the time at which it will be fully rested. A unit moves it on by one
 * interval, and is allowed while it stays within `burst` intervals from now. Debts apart, what passes in any span of time
 * is at most `burst + span * perMinute`; there is no window whose edge could be used twice.
 */
export function createRate({ perMinute, burst, clock, maxKeys = 100_000 }: RateOptions): Rate {
  if (perMinute === 0) return unlimited
  const intervalMs = 60_000 / perMinute
  const limit = Math.max(1, burst)
  const now = steadyTime(clock)
  const restedAt = new Map<string, number>()
  let hand = restedAt.entries()
  const describe = (aheadMs: number, waitMs: number) => describeAllowance({ limit, intervalMs, aheadMs, waitMs })

  return {
    spend(key, cost = 1) {
      const at = now()
      const aheadMs = aheadOf(key, at)
      const units = unitsOf(cost)
      const waitMs = aheadMs - roomFor(units)
      if (waitMs > slackMs) return describe(aheadMs, waitMs)
      return describe(advance(key, at, aheadMs, units), 0)
    },
    peek(key) {
      const aheadMs = aheadOf(key, now())
      return describe(aheadMs, aheadMs - roomFor(1))
    },
    charge(key, cost) {
      const at = now()
      advance(key, at, aheadOf(key, at), unitsOf(cost))
    },
    get size() {
      return restedAt.size
    },
  }

  /** How far the key's time of rest lies ahead: its used-up part of the limit, as milliseconds. */
  function aheadOf(key: string, at: number): number {
    return Math.max(0, (restedAt.get(key) ?? at) - at)
  }

  /** How far ahead a key may be for this much to be allowed. */
  function roomFor(units: number): number {
    return Math.max(0, limit - units) * intervalMs
  }

  function advance(key: string, at: number, aheadMs: number, units: number): number {
    const nextMs = aheadMs + units * intervalMs
    if (!restedAt.has(key)) forgetRested(at)
    restedAt.set(key, at + nextMs)
    return nextMs
  }

  /**
   * Looks at two keys for each new one, round and round, and drops those that are rested, which are as good as new. Two,
   * so that it overtakes the newcomers: what is kept is at most twice what is not rested. One walk that goes on, since a
   * fresh look at the front of a Map would step over all that was deleted there.
   */
  function forgetRested(at: number): void {
    for (let looks = 0; looks < 2; looks++) {
      let next = hand.next()
      if (next.done) {
        hand = restedAt.entries()
        next = hand.next()
      }
      if (next.done) return
      const [key, rested] = next.value
      if (rested <= at || restedAt.size >= maxKeys) restedAt.delete(key)
    }
  }
}

const unlimited: Rate = { spend: () => boundless, peek: () => boundless, charge: () => {}, size: 0 }

/** The clock's time; where it jumps back, time stands still for a moment and goes on from there. */
function steadyTime(clock: Clock): () => number {
  let last = clock.elapsed()
  let lostMs = 0
  return () => {
    const reading = clock.elapsed()
    if (reading < last) lostMs += last - reading
    last = reading
    return reading + lostMs
  }
}
