/**
 * How many second retries the traffic allows: a tenth of it over ten seconds. A first retry on another cluster is free;
 * without a bound on the others, a fault that all clusters share would multiply the load exactly when they fail.
 */
export interface RetryBudget {
  /** A request came. */
  requested(now: number): void
  /** Whether one more retry may be made; it counts as made then. */
  spend(now: number): boolean
}

const share = 0.1
const windowMs = 10_000
/** In hand however little traffic there is. */
const fewest = 3

/** A bucket that fills by a tenth of a token a request, and drains by half every ten seconds. */
export function createRetryBudget(): RetryBudget {
  let tokens = 0
  let spent = 0
  let at = 0

  function decay(now: number): void {
    const left = 0.5 ** (Math.max(0, now - at) / windowMs)
    tokens *= left
    spent *= left
    at = Math.max(at, now)
  }

  return {
    requested(now) {
      decay(now)
      tokens += share
    },
    spend(now) {
      decay(now)
      if (spent + 1 > tokens + fewest) return false
      spent += 1
      return true
    },
  }
}
