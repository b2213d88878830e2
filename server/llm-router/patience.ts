import type { Latency } from './latency.ts'

interface Timed {
  readonly latency: Pick<Latency, 'p99Ms'>
}

const leastMs = 2_000
const mostMs = 60_000
/** While no answer of any of them was seen. */
const unknownMs = 10_000

/**
 * How long a cluster may take to its first token while others could answer instead: three times the p99 that its past,
 * or else that of the slowest of the others, predicts (router.md, "Failure"). In milliseconds.
 */
export function patienceMs(cluster: Timed, others: readonly Timed[]): number {
  const known = cluster.latency.p99Ms ?? slowest(others)
  return known === undefined ? unknownMs : Math.min(mostMs, Math.max(leastMs, 3 * known))
}

function slowest(others: readonly Timed[]): number | undefined {
  const known = others.flatMap(({ latency }) => latency.p99Ms ?? [])
  return known.length === 0 ? undefined : Math.max(...known)
}
