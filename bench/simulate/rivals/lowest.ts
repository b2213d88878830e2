import { type Demand, uncachedTokens } from '../../../server/llm-router/decide/demand.ts'
import type { Candidate, PoolState, Scored } from '../../../server/llm-router/decide/policy.ts'
import { predictFirstTokenMs } from '../../../server/llm-router/decide/predicted-cost.ts'

/** The candidate with the lowest score; of equal ones, one at random. */
export function lowest<Cluster extends Candidate>(
  candidates: readonly Cluster[],
  demand: Demand,
  now: number,
  pool: PoolState,
  scoreOf: (cluster: Cluster) => number,
): Scored<Cluster> {
  const scores = candidates.map(scoreOf)
  const least = Math.min(...scores)
  const equal = candidates.filter((_, index) => scores[index] === least)
  return picked(equal[Math.floor(pool.random() * equal.length)], demand, now, pool, least)
}

/**
 * What a rule picked, with the prediction that the production code makes for it: patience and ejection are judged by that
 * for every policy alike.
 */
export function picked<Cluster extends Candidate>(
  cluster: Cluster | undefined,
  demand: Demand,
  now: number,
  pool: PoolState,
  score: number,
): Scored<Cluster> {
  if (cluster === undefined) throw new Error('there is nothing to pick from')
  const { load } = cluster
  const toRead = uncachedTokens(demand, load.known(demand))
  const { first } = load.speed(pool.prior, now)
  return {
    cluster,
    score,
    firstTokenMs: predictFirstTokenMs(load, first, toRead),
    uncachedTokens: toRead,
    lateness: load.lateness(now),
  }
}

/** Two different ones at random; of one, that one. */
export function twoOf<Cluster extends Candidate>(candidates: readonly Cluster[], random: () => number): Cluster[] {
  const first = Math.floor(random() * candidates.length)
  const second = (first + 1 + Math.floor(random() * (candidates.length - 1))) % candidates.length
  return candidates.filter((_, index) => index === first || index === second)
}
