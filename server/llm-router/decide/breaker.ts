import type { FailureKind } from '../attempt-failure.ts'

/** `closed`: it gets work. `open`: it is left alone. `half_open`: one request may prove it well. `busy`: it asked for a pause. */
export type BreakerState = 'closed' | 'open' | 'half_open' | 'busy'

/**
 * Whether a cluster should get work. All times are milliseconds on one clock that never runs back; nothing here waits or
 * asks anybody.
 */
export interface Breaker {
  state(now: number): BreakerState
  /** The fault that opened it leaves no hope: refused, silent, or gone. */
  readonly hard: boolean
  /** As the last look found, or an answer since. */
  readonly reachable: boolean
  /** Milliseconds until it may get work again by itself. */
  restsForMs(now: number): number
  busyForMs(now: number): number
  /** The share of its work that it gets while it comes back: from 0.1 up to 1. */
  share(now: number): number
  /** A request is sent. True: it is the one that may prove the cluster well, until it is `released`. */
  dispatched(now: number): boolean
  /** It began to answer. */
  answered(now: number): void
  failed(kind: FailureKind, now: number, retryAfterMs?: number): void
  /** The proof is over, perhaps without saying anything about the cluster: it was aborted. */
  released(): void
  /** It answers, but far slower than it should: it is left alone as after a failure. */
  eject(now: number): void
  /** What a look from the background found; true when that changed what was known. */
  seen(reachable: boolean, now: number): boolean
}

/** After a hard fault, which may be one broken connection; and after many soft ones. Each time again, twice as long. */
const firstHardRestMs = 1_000
const firstSoftRestMs = 5_000
const longestRestMs = 60_000
/** A busy cluster that does not say for how long. */
const busyMs = 2_000
/** However long it asks for: it is asked again, since it may be well sooner, and others wait in line for it. */
const longestBusyMs = 60_000
/** A cluster that refuses our key or lacks the model will not mend itself soon. */
const misconfiguredMs = 60_000

const mostInARow = 5
const windowMs = 30_000
const fewest = 20
const mostFailing = 0.15

const firstShare = 0.1
const longestRampMs = 30_000
/** It comes back over so many times the time it was away: a hiccup is soon forgotten. */
const rampPerRest = 3

export function createBreaker(random: () => number, createdAt: number): Breaker {
  return new CountingBreaker(random, createdAt)
}

const hardKinds: ReadonlySet<FailureKind> = new Set(['unreachable', 'silent', 'misconfigured'])

class CountingBreaker implements Breaker {
  hard = false
  #open = false
  #openedAt = 0
  #restsUntil = 0
  #rests = 0
  #busyUntil = 0
  #proving = false
  #reachable = true
  #inARow = 0
  readonly #recent = createRecentOutcomes()
  #rampFrom: number
  #rampMs = longestRampMs
  readonly #random: () => number

  constructor(random: () => number, createdAt: number) {
    this.#random = random
    this.#rampFrom = createdAt
  }

  get reachable() {
    return this.#reachable
  }

  state(now: number): BreakerState {
    if (!this.#reachable) return 'open'
    if (this.#open) return now < this.#restsUntil || this.#proving ? 'open' : 'half_open'
    return now < this.#busyUntil ? 'busy' : 'closed'
  }

  restsForMs(now: number): number {
    if (!this.#reachable) return longestRestMs
    return Math.max(0, (this.#open ? this.#restsUntil : 0) - now, this.#busyUntil - now)
  }

  busyForMs(now: number): number {
    return Math.max(0, this.#busyUntil - now)
  }

  share(now: number): number {
    const part = (now - this.#rampFrom) / this.#rampMs
    return part >= 1 ? 1 : firstShare + (1 - firstShare) * Math.max(0, part)
  }

  dispatched(now: number): boolean {
    const proves = this.#open && now >= this.#restsUntil
    this.#proving ||= proves
    return proves
  }

  answered(now: number): void {
    this.#inARow = 0
    this.#recent.add(now, false)
    this.#proving = false
    this.#reachable = true
    if (!this.#open) return
    this.#open = false
    this.hard = false
    this.#rests = 0
    this.#recent.clear()
    this.#ramp(now, now - this.#openedAt)
  }

  failed(kind: FailureKind, now: number, retryAfterMs?: number): void {
    const wasProof = this.#proving
    this.#proving = false
    if (kind === 'bad_request') return
    if (kind === 'busy') {
      this.#busyUntil = Math.max(this.#busyUntil, now + Math.min(retryAfterMs ?? busyMs, longestBusyMs))
      return
    }
    // Those that were under way when it went out say nothing new.
    if (this.#open && !wasProof) return
    this.#inARow += 1
    this.#recent.add(now, true)
    const hard = hardKinds.has(kind)
    if (!wasProof && !hard && this.#inARow < mostInARow && !this.#recent.failing(now)) return
    this.#rest(now, kind === 'misconfigured' ? misconfiguredMs : hard ? firstHardRestMs : firstSoftRestMs)
    this.hard = hard
  }

  released(): void {
    this.#proving = false
  }

  eject(now: number): void {
    if (this.#open) return
    this.#rest(now, firstSoftRestMs)
    this.hard = false
  }

  seen(reachable: boolean, now: number): boolean {
    const changed = this.#reachable !== reachable
    this.#reachable = reachable
    if (changed && !reachable) this.#openedAt = this.#open ? this.#openedAt : now
    if (changed && reachable && !this.#open) this.#ramp(now, now - this.#openedAt)
    if (!reachable) this.hard = true
    else if (!this.#open) this.hard = false
    return changed
  }

  #rest(now: number, firstMs: number): void {
    if (!this.#open) this.#openedAt = now
    this.#open = true
    const ms = Math.min(longestRestMs, firstMs * 2 ** this.#rests)
    this.#rests += 1
    // Spread, so that replicas do not all come back at once.
    this.#restsUntil = now + ms * (0.8 + 0.4 * this.#random())
  }

  #ramp(now: number, awayMs: number): void {
    this.#rampFrom = now
    this.#rampMs = Math.min(longestRampMs, Math.max(1, rampPerRest * awayMs))
  }
}

/** Outcomes of the last half minute, by seconds. */
function createRecentOutcomes() {
  const bucketMs = 1_000
  const buckets = windowMs / bucketMs
  const all = new Uint32Array(buckets)
  const bad = new Uint32Array(buckets)
  let newest = 0

  /** Empties what has left the window since the last call. */
  function move(now: number): number {
    const second = Math.floor(now / bucketMs)
    for (let skipped = Math.max(newest + 1, second - buckets + 1); skipped <= second; skipped++) {
      all[skipped % buckets] = 0
      bad[skipped % buckets] = 0
    }
    newest = Math.max(newest, second)
    return newest % buckets
  }

  return {
    add(now: number, failed: boolean): void {
      const bucket = move(now)
      all[bucket] = (all[bucket] ?? 0) + 1
      if (failed) bad[bucket] = (bad[bucket] ?? 0) + 1
    },
    failing(now: number): boolean {
      move(now)
      const total = all.reduce((sum, count) => sum + count, 0)
      return total >= fewest && bad.reduce((sum, count) => sum + count, 0) > mostFailing * total
    },
    clear(): void {
      all.fill(0)
      bad.fill(0)
    },
  }
}
