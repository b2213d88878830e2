import type { Speed } from './cluster-load.ts'
import { type Candidate, inFlight } from './policy.ts'
import { hasRoom } from './pool.ts'

/** What somebody who comes now may expect of the clusters that serve a model. */
export interface Outlook {
  /** Generations at once that are for this process; infinite where a cluster has no known limit. */
  readonly slots: number
  /** Those of them that are free. */
  readonly free: number
  /** All of them ask for a pause: until the first is over. Else 0. */
  readonly busyForMs: number
  /** Predicted time to the first token, on the cluster that is soonest; undefined while one of them is not known. */
  readonly firstTokenMs: number | undefined
  /** The same, if nobody else were there. */
  readonly aloneMs: number
}

/** So few first tokens say nothing about a cluster's speed. */
const enoughSamples = 3

/** `prior`: of the pool. Clusters that are out count only where all are: then one of them is tried. */
export function outlookOf(serving: readonly Candidate[], promptTokens: number, prior: Speed, now: number): Outlook {
  const ready = serving.filter(({ breaker }) => breaker.state(now) !== 'open')
  const clusters = ready.length > 0 ? ready : serving
  const speeds = clusters.map(({ load }) => ({ first: load.speed(prior, now).first, load }))
  const known = clusters.length > 0 && clusters.every(({ load }) => load.firstTokens >= enoughSamples)
  return {
    slots: sum(clusters.map(slotsOf)),
    free: sum(clusters.map(cluster => (hasRoom(cluster, now) ? freeOf(cluster) : 0))),
    busyForMs: clusters.length === 0 ? 0 : Math.min(...clusters.map(({ breaker }) => breaker.busyForMs(now))),
    firstTokenMs: known
      ? Math.min(
          ...speeds.map(({ first, load }) => first.intercept + first.slope * (load.pendingTokens + promptTokens)),
        )
      : undefined,
    aloneMs: known ? Math.min(...speeds.map(({ first }) => first.intercept + first.slope * promptTokens)) : 0,
  }
}

/** What other processes have under way there is theirs. */
function slotsOf({ capacity, load: { others } }: Candidate): number {
  return capacity === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(1, capacity - others.unanswered - others.streaming)
}

const freeOf = (cluster: Candidate): number =>
  cluster.capacity === undefined ? Number.POSITIVE_INFINITY : cluster.capacity - inFlight(cluster)

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
