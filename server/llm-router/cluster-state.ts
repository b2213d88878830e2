import type { Decision } from './choice-reasons.ts'
import type { Cluster } from './cluster.ts'
import { isReady } from './cluster-set.ts'
import type { BreakerState } from './decide/breaker.ts'
import type { Line, MeasuredLine, Share } from './decide/cluster-load.ts'
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
    /** Its last failure, until it has proved well. */
    readonly reason: string | undefined
  }
  readonly load: {
    readonly capacity: number | undefined
    readonly own: Share
    readonly others: Share
    /** In line here for a model that it serves. */
    readonly waiting: number
  }
  /** As learned; undefined before its first answer, its lines until a few were seen. */
  readonly speed:
    | {
        readonly meanFirstTokenMs: number
        readonly samples: number
        readonly first: Line | undefined
        readonly gap: Line | undefined
      }
    | undefined
  /** Newest first. */
  readonly decisions: readonly Decision[]
}

export function stateOf(cluster: Cluster, now: number, waiting: number): ClusterState {
  const { name, url, options, state, load, breaker, learned, lastFailure } = cluster
  const well = isReady(cluster, now)
  const { firstTokens: samples, meanFirstTokenMs } = load
  const { first, gap } = load.measured
  return {
    name,
    url,
    engine: cluster.engine(),
    models: cluster.models(),
    ready: well && state === 'enabled',
    health: {
      breaker: breaker.state(now),
      restsForMs: breaker.reachable ? breaker.restsForMs(now) : 0,
      reason: breaker.state(now) === 'closed' ? undefined : lastFailure,
    },
    load: { capacity: options.capacity, own: load.own, others: load.others, waiting },
    speed: samples === 0 ? undefined : { meanFirstTokenMs, samples, first: known(first), gap: known(gap) },
    decisions: learned.decisions.list(),
  }
}

/** A line through fewer says nothing. */
const fewestSamples = 3

const known = ({ samples, intercept, slope }: MeasuredLine): Line | undefined =>
  samples < fewestSamples ? undefined : { intercept, slope }
