import type { ClusterLoad, Line } from './cluster-load.ts'
import { type Demand, uncachedTokens } from './demand.ts'
import { type Candidate, inFlight, type PoolState, type Scored } from './policy.ts'

/** What a token's delay weighs beside the first one's: most readers read slower than models write. */
const outputShare = 0.2
/** Costs that differ by less are equal: 1 %, or so many milliseconds. */
const tieShare = 0.01
const tieMs = 5

/**
 * The default policy (router.md, "Score"): the cluster where the request costs least, itself and those beside it.
 *
 *     cost = late x [a + s (P + u)] + beta s u + 0.2 E late x [c + d (n + 1) + d n]
 *
 * a, s: first-token time over prompt tokens; c, d: gap between tokens over streams; P: prompt tokens waiting there;
 * u: those of this prompt that it has not kept; n: streams; E: expected length of the answer; late: see `lateness`. The
 * terms with beta and d n are what the request takes from others. Of equal ones, the less busy of two random ones.
 */
export function predictedCost<Cluster extends Candidate>(
  candidates: readonly Cluster[],
  demand: Demand,
  now: number,
  pool: PoolState,
): Scored<Cluster> {
  const scored: Scored<Cluster>[] = []
  let least = Number.POSITIVE_INFINITY
  for (const cluster of candidates) {
    const { load } = cluster
    const { first, gap } = load.speed(pool.prior, now)
    const lateness = load.lateness(now)
    const streams = load.streaming + load.strangers
    const waiting = lateness * (first.intercept + first.slope * load.pendingTokens)
    const writing = outputShare * demand.outputTokens * lateness * (gap.intercept + gap.slope * (2 * streams + 1))
    const reading = lateness * first.slope + pool.beta * first.slope
    // The search in the index is the dear part: one that would not win with all of the prompt kept needs none.
    if ((waiting + writing) / cluster.weight > bound(least)) continue
    const toRead = uncachedTokens(demand, load.known(demand))
    const score = (waiting + writing + reading * toRead) / cluster.weight
    const firstTokenMs = predictFirstTokenMs(load, first, toRead)
    scored.push({ cluster, score, firstTokenMs, uncachedTokens: toRead, lateness })
    if (score < least) least = score
  }
  return lessBusy(
    scored.filter(({ score }) => score <= bound(least)),
    pool.random,
  )
}

/** Of a cluster that is not late. */
export const predictFirstTokenMs = (load: ClusterLoad, { intercept, slope }: Line, toRead: number): number =>
  intercept + slope * (load.pendingTokens + toRead)

const bound = (least: number) => Math.max(least * (1 + tieShare), least + tieMs)

/** The less busy of two taken at random (Mitzenmacher 2001). */
export function lessBusy<Cluster extends Candidate>(
  equal: readonly Scored<Cluster>[],
  random: () => number,
): Scored<Cluster> {
  const one = pick(equal, random)
  const other = pick(equal, random)
  return inFlight(other.cluster) < inFlight(one.cluster) ? other : one
}

function pick<Value>(values: readonly Value[], random: () => number): Value {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('there is nothing to pick from')
  return value
}
