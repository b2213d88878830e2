import type { ClusterLoad, Dispatch, Line, MeasuredLine, Speed } from './cluster-load.ts'
import type { Demand } from './demand.ts'
import { type Candidate, inFlight, type Policy, type Scored } from './policy.ts'

/** Chooses among clusters. Synchronous, without I/O: the simulator (`npm run simulate`) runs this very code. */
export interface Pool {
  /**
   * The cluster that should get the request: one that has room and whose breaker lets it. Where the breakers of all are
   * open, the one that is nearest to its next try. Undefined: all whose breakers are not are full or busy.
   */
  choose<Cluster extends Candidate>(
    clusters: readonly Cluster[],
    demand: Demand,
    now: number,
  ): Scored<Cluster> | undefined
  /** Sends it there, as far as what is known of the cluster goes. */
  dispatch(choice: Scored<Candidate>, demand: Demand, now: number): Dispatch
  /** By what the speeds of its clusters are measured now: see `ClusterLoad.speed`. */
  readonly prior: Speed
}

export interface PoolOptions {
  readonly policy: Policy
  /** Between 0 and 1. */
  readonly random: () => number
}

/** Before anything was seen: about what a mid-sized model on one GPU does. */
const unknownSpeed: Speed = { first: { intercept: 50, slope: 0.1 }, gap: { intercept: 20, slope: 0.2 } }
const medianEveryMs = 250
const fewestSamples = 5
const forgottenAfterMs = 600_000
const slowEjection = { ratio: 3, forMs: 10_000, overMedian: 2 }

export function createPool({ policy, random }: PoolOptions): Pool {
  let prior = unknownSpeed
  let priorAt = Number.NEGATIVE_INFINITY
  /** Those that serve one model and those that serve another are asked about in turns: all are measured by the same. */
  const metAt = new Map<ClusterLoad, number>()
  const slowSince = new WeakMap<object, number>()

  function refresh(clusters: readonly Candidate[], now: number): void {
    if (now - priorAt < medianEveryMs) return
    priorAt = now
    for (const { load } of clusters) metAt.set(load, now)
    for (const [load, at] of metAt) if (now - at > forgottenAfterMs) metAt.delete(load)
    const loads = [...metAt.keys()]
    prior = {
      first: medianLine(loads.map(({ measured }) => measured.first)) ?? prior.first,
      gap: medianLine(loads.map(({ measured }) => measured.gap)) ?? prior.gap,
    }
    ejectSlow(clusters, now)
  }

  /** One that answers, but far slower than it did and than the others do, long enough to be no accident. */
  function ejectSlow(clusters: readonly Candidate[], now: number): void {
    const typical = median(clusters.map(({ load }) => load.meanFirstTokenMs))
    for (const { load, breaker } of clusters) {
      const slow = load.slowness > slowEjection.ratio && load.meanFirstTokenMs > slowEjection.overMedian * typical
      if (!slow) slowSince.delete(load)
      else if (!slowSince.has(load)) slowSince.set(load, now)
      else if (now - (slowSince.get(load) ?? now) > slowEjection.forMs) {
        slowSince.delete(load)
        breaker.eject(now)
      }
    }
  }

  return {
    choose(clusters, demand, now) {
      refresh(clusters, now)
      const free = clusters.filter(cluster => hasRoom(cluster, now))
      const candidates = ramped(admitted(free, clusters.length, now), now, random)
      if (candidates.length > 0) return policy(candidates, demand, now, { prior, random })
      // One that is well will have room; one that is out would only fail.
      if (clusters.some(({ breaker }) => breaker.state(now) !== 'open')) return undefined
      const [nearest] = free.toSorted((a, b) => a.breaker.restsForMs(now) - b.breaker.restsForMs(now))
      return nearest && policy([nearest], demand, now, { prior, random })
    },
    dispatch({ cluster, firstTokenMs }, demand, now) {
      const { breaker, load } = cluster
      const proves = breaker.dispatched(now)
      const dispatch = load.dispatch(demand, now, firstTokenMs, prior)
      if (!proves) return dispatch
      return {
        ...dispatch,
        end(at, outcome) {
          breaker.released() // whatever it ended of, and if it never came to be sent
          dispatch.end(at, outcome)
        },
      }
    },
    get prior() {
      return prior
    },
  }
}

/** Whether it would take one more. */
export const hasRoom = (cluster: Candidate, now: number): boolean =>
  (cluster.capacity === undefined || inFlight(cluster) < cluster.capacity) && cluster.breaker.busyForMs(now) === 0

/**
 * Those whose breakers let them work. At most half of the pool is left out for soft faults: more that fail have a reason
 * in common, and the work would crush the rest.
 */
function admitted<Cluster extends Candidate>(free: readonly Cluster[], poolSize: number, now: number): Cluster[] {
  const ready: Cluster[] = []
  const soft: Cluster[] = []
  for (const cluster of free) {
    const state = cluster.breaker.state(now)
    if (state !== 'open') ready.push(cluster)
    else if (!cluster.breaker.hard) soft.push(cluster)
  }
  const tooMany = soft.length - Math.floor(poolSize / 2)
  if (tooMany <= 0) return ready
  soft.sort((a, b) => a.breaker.restsForMs(now) - b.breaker.restsForMs(now))
  return [...ready, ...soft.slice(0, tooMany)]
}

/** New ones and those that come back get their share of the requests, and no more. */
function ramped<Cluster extends Candidate>(candidates: Cluster[], now: number, random: () => number): Cluster[] {
  let most = 0
  let least = 1
  for (const { breaker } of candidates) {
    const share = breaker.share(now)
    most = Math.max(most, share)
    least = Math.min(least, share)
  }
  if (least === most) return candidates
  const some = candidates.filter(({ breaker }) => random() * most < breaker.share(now))
  return some.length > 0 ? some : candidates
}

function medianLine(lines: readonly MeasuredLine[]): Line | undefined {
  const known = lines.filter(({ samples }) => samples >= fewestSamples)
  if (known.length === 0) return undefined
  return { intercept: median(known.map(({ intercept }) => intercept)), slope: median(known.map(({ slope }) => slope)) }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}
