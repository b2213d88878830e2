import { type Demand, uncachedTokens } from './demand.ts'
import { type Candidate, inFlight, type Policy, type PoolState, type Scored } from './policy.ts'
import { predictFirstTokenMs } from './predicted-cost.ts'

/**
 * The mission's rule: score = latency x (1 + load). Load is the used share of the capacity, or, where none is known, the
 * generations in flight. A cluster without a sample yet is tried first.
 */
export const latencyLoad: Policy = byScore(
  cluster => (cluster.load.meanFirstTokenMs * (1 + inFlight(cluster) / (cluster.capacity ?? 1))) / cluster.weight,
)

/** The fewest generations in flight, by its share of the capacity where one is known. */
export const leastLoad: Policy = byScore(cluster => (inFlight(cluster) + 1) / (cluster.capacity ?? 1) / cluster.weight)

/** Each in turn. */
export function createRoundRobin(): Policy {
  let next = 0
  return (candidates, demand, now, pool) => {
    const cluster = candidates[next++ % candidates.length]
    if (cluster === undefined) throw new Error('there is nothing to pick from')
    return describe(cluster, demand, now, pool, 0)
  }
}

function byScore(scoreOf: (cluster: Candidate) => number): Policy {
  return <Cluster extends Candidate>(
    candidates: readonly Cluster[],
    demand: Demand,
    now: number,
    pool: PoolState,
  ): Scored<Cluster> => {
    const scored = candidates.map(cluster => describe(cluster, demand, now, pool, scoreOf(cluster)))
    const least = Math.min(...scored.map(({ score }) => score))
    return lessBusy(
      scored.filter(({ score }) => score === least),
      pool.random,
    )
  }
}

function describe<Cluster extends Candidate>(
  cluster: Cluster,
  demand: Demand,
  now: number,
  pool: PoolState,
  score: number,
): Scored<Cluster> {
  const { load } = cluster
  const toRead = uncachedTokens(demand, load.known(demand))
  return {
    cluster,
    score,
    firstTokenMs: predictFirstTokenMs(load, load.speed(pool.prior, now).first, toRead),
    uncachedTokens: toRead,
    lateness: load.lateness(now),
  }
}

/** The less busy of two taken at random (Mitzenmacher 2001). */
function lessBusy<Cluster extends Candidate>(equal: readonly Scored<Cluster>[], random: () => number): Scored<Cluster> {
  const one = pick(equal, random)
  const other = pick(equal, random)
  return inFlight(other.cluster) < inFlight(one.cluster) ? other : one
}

function pick<Value>(values: readonly Value[], random: () => number): Value {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('there is nothing to pick from')
  return value
}
