/** What was predicted for a request, and by what the predictions of its cluster have lately been off. */
export interface Expected {
  readonly predictedMs: number
  /** Observed over predicted, and its standard deviation; `samples` of them, ever. */
  readonly slowness: number
  readonly spread: number
  readonly samples: number
}

const leastMs = 2_000
const mostMs = 60_000
/** While no answer of any of them was seen. */
const unknownMs = 10_000
/** The 99th percentile of a normal distribution, in standard deviations. */
const p99Deviations = 2.33

/**
 * How long a cluster may take to its first token while others could answer instead: three times the p99 that is
 * predicted, from its past or else from that of the others (router.md, "Failure"). In milliseconds.
 */
export function patienceMs(expected: Expected, othersAreKnown: boolean): number {
  if (expected.samples === 0 && !othersAreKnown) return unknownMs
  const p99Ms = expected.predictedMs * Math.max(1, expected.slowness + p99Deviations * expected.spread)
  return Math.min(mostMs, Math.max(leastMs, 3 * p99Ms))
}
