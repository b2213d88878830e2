import type { Decision } from './choice-reasons.ts'
import type { Cluster } from './cluster.ts'
import { isReady } from './cluster-set.ts'
import type { BreakerState } from './decide/breaker.ts'
import type { Share, Speed } from './decide/cluster-load.ts'
import type { Engine } from './engines.ts'

/** How a cluster is doing. */
export interface ClusterState {
  readonly name: string
  readonly url: string
  /** Undefined while it is not known. */
  readonly engine: Engine | undefined
  /** What it serves, as far as known now. */
  readonly models: readonly string[]
  /** It is there, and nothing but its room keeps work from it. */
  readonly ready: boolean
  readonly health: {
    readonly breaker: BreakerState
    /** Until it may get work again by itself; 0 also where nobody can tell, since it is not there. */
    readonly restsForMs: number
    /** Its last failure, while it is not well. */
    readonly reason: string | undefined
  }
  readonly load: { readonly capacity: number | undefined; readonly own: Share; readonly others: Share }
  /** As learned; undefined before its first answer. */
  readonly speed: (Speed & { readonly meanFirstTokenMs: number; readonly samples: number }) | undefined
  /** Newest first. */
  readonly decisions: readonly Decision[]
}

export function stateOf(cluster: Cluster, now: number): ClusterState {
  const { name, url, options, state, load, breaker, learned, lastFailure } = cluster
  const well = isReady(cluster, now)
  const { firstTokens: samples, meanFirstTokenMs } = load
  return {
    name,
    url,
    engine: cluster.engine(),
    models: cluster.models(),
    ready: well && state === 'enabled',
    health: {
      breaker: breaker.state(now),
      restsForMs: breaker.reachable ? breaker.restsForMs(now) : 0,
      reason: well ? undefined : lastFailure,
    },
    load: { capacity: options.capacity, own: load.own, others: load.others },
    speed: samples === 0 ? undefined : { ...load.speed(unlearned, now), meanFirstTokenMs, samples },
    decisions: learned.decisions.list(),
  }
}

const unlearned: Speed = { first: { intercept: 0, slope: 0 }, gap: { intercept: 0, slope: 0 } }
