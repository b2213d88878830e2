import type { Clock } from '#kit'
import type { FailureKind } from './attempt-failure.ts'

/**
 * Whether a cluster should get work now. One that failed is left alone for a moment, then gets one request to prove
 * itself; each further failure doubles the moment. One that says it is busy is left alone for as long as it says.
 */
export interface ClusterHealth {
  readonly ready: boolean
  /** It is only busy: nothing is wrong with it, and work would be refused. */
  readonly busyForMs: number
  /** Milliseconds until it is ready again by itself; for choosing the least bad one. */
  readonly restsForMs: number
  /** A request was sent. */
  dispatched(): void
  /** It began to answer. */
  answered(): void
  failed(kind: FailureKind, retryAfterMs?: number): void
  /** A request ended without saying anything about the cluster: it was aborted. */
  released(): void
  /** What a look from the background found; true when that changed what was known. */
  seen(reachable: boolean): boolean
}

const firstRestMs = 1_000
const longestRestMs = 60_000
/** A busy cluster that does not say for how long. */
const busyMs = 2_000
/** A cluster that refuses our key or lacks the model will not mend itself soon. */
const misconfiguredMs = 60_000

export function createClusterHealth(clock: Clock, random: () => number): ClusterHealth {
  let failures = 0
  let restsUntil = 0
  let busyUntil = 0
  let proving = false
  let reachable = true

  const rest = (ms: number) => {
    // Spread, so that replicas do not all come back at once.
    restsUntil = clock.elapsed() + ms * (0.8 + 0.4 * random())
  }

  return {
    get ready() {
      const now = clock.elapsed()
      return reachable && now >= restsUntil && now >= busyUntil && !(failures > 0 && proving)
    },
    get busyForMs() {
      return Math.max(0, busyUntil - clock.elapsed())
    },
    get restsForMs() {
      return reachable ? Math.max(0, Math.max(restsUntil, busyUntil) - clock.elapsed()) : longestRestMs
    },
    dispatched() {
      proving = true
    },
    answered() {
      failures = 0
      restsUntil = 0
      proving = false
      reachable = true
    },
    failed(kind, retryAfterMs) {
      proving = false
      const now = clock.elapsed()
      if (kind === 'busy') {
        busyUntil = Math.max(busyUntil, now + (retryAfterMs ?? busyMs))
      } else if (kind === 'misconfigured') {
        rest(misconfiguredMs)
      } else if (kind !== 'bad_request' && now >= restsUntil) {
        // Those that were under way when it went out say nothing new.
        failures += 1
        rest(Math.min(longestRestMs, firstRestMs * 2 ** (failures - 1)))
      }
    },
    released() {
      proving = false
    },
    seen(nowReachable) {
      const changed = reachable !== nowReachable
      reachable = nowReachable
      return changed
    },
  }
}
