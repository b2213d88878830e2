import type { ClusterLoad, Line } from './cluster-load.ts'
import { type Demand, uncachedTokens } from './demand.ts'
import { homeOf } from './home-cluster.ts'
import type { Candidate, PoolState, Scored } from './policy.ts'

/** What waiting for a later token weighs beside waiting for the first one: most readers read slower than models write. */
const writingShare = 0.03
/** What reading a prompt costs for each answer that is being written there meanwhile, and stops. */
const pauseShare = 0.12
/**
 * Of these answers, such a share is counted as if all clusters had equally many. By their true numbers alone, long prompts
 * go to slow clusters, and are late there; by equal numbers, they stop more answers than they need.
 */
const equalShare = 0.25
/** What it costs those that come behind it: so much anyhow, and as much more for each that waits there already. */
const behind = { anyhow: 0.5, each: 1 }

/**
 * The default policy (router.md, "Score"; why it is as it is: docs/decisions/0016-predicted-cost.md): the cluster where
 * the request costs least, itself and those beside it.
 *
 *     cost = late x [a + s (P + u)] + s u [0.5 + w + 0.12 m] + 0.03 E late x [c + d (n + 1) + d n]
 *
 * a, s: first-token time over prompt tokens; c, d: gap between tokens over streams; P: prompt tokens waiting there;
 * u: those of this prompt that it has not kept; w: requests waiting there; n: streams; m: a quarter of the way from n to
 * the mean of all; E: expected length of the answer; late: see `lateness`. What it costs others: reading it delays those
 * that come behind, as many as are waiting by Little's law, and stops the answers that are being written; its own stream
 * makes theirs slower.
 */
export function predictedCost<Cluster extends Candidate>(
  candidates: readonly Cluster[],
  demand: Demand,
  now: number,
  pool: PoolState,
): Scored<Cluster> {
  let best: Scored<Cluster> | undefined
  let equal = 1
  const home = homeOf(candidates, demand)
  const meanStreams = candidates.reduce((sum, { load }) => sum + streamsOf(load), 0) / candidates.length
  for (const cluster of candidates) {
    const { load } = cluster
    const { first, gap } = load.speed(pool.prior, now)
    const lateness = load.lateness(now)
    const streams = streamsOf(load)
    const waiting = lateness * (first.intercept + first.slope * load.pendingTokens)
    const gaps = gap.intercept + gap.slope * (2 * streams + 1)
    const writing = writingShare * demand.outputTokens * lateness * gaps
    // The search in the index is the dear part: one that would not win with all of the prompt kept needs none.
    if (best !== undefined && (waiting + writing) / cluster.weight > best.score) continue
    const toRead = uncachedTokens(demand, load.known(demand))
    const stopped = streams + equalShare * (meanStreams - streams)
    const delayed = behind.anyhow + behind.each * load.unanswered + pauseShare * stopped
    const strange = cluster === home?.cluster ? 1 - home.trust : 1
    const reading = (lateness + delayed) * first.slope * strange * toRead
    const score = (waiting + writing + reading) / cluster.weight
    if (best !== undefined && score > best.score) continue
    equal = score === best?.score ? equal + 1 : 1
    // Of equal ones, each by the same chance.
    if (equal > 1 && pool.random() * equal >= 1) continue
    const firstTokenMs = predictFirstTokenMs(load, first, toRead)
    best = { cluster, score, firstTokenMs, uncachedTokens: toRead, lateness }
  }
  if (best === undefined) throw new Error('there is nothing to pick from')
  return best
}

const streamsOf = ({ streaming, strangers }: ClusterLoad): number => streaming + strangers

/** Of a cluster that is not late. */
export const predictFirstTokenMs = (load: ClusterLoad, { intercept, slope }: Line, toRead: number): number =>
  intercept + slope * (load.pendingTokens + toRead)
