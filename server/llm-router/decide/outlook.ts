import type { Speed } from './cluster-load.ts'
import { type Candidate, inFlight } from './policy.ts'
import { hasRoom } from './pool.ts'

/** What somebody who comes now may expect of the clusters that serve a model. */
export interface Outlook {
  /** Generations at once that are for this process; infinite where a cluster has no known limit. */
  readonly slots: number
  /** Those of them that are free. */
  readonly free: number
  /** All of them ask for a pause: until the first is over, or one that is out may prove well again. Else 0. */
  readonly busyForMs: number
  /** Predicted time to the first token, on the cluster with room that is soonest; undefined while one of them is not known. */
  readonly firstTokenMs: number | undefined
  /** The same, if nobody else were there. */
  readonly aloneMs: number
  /** How long an answer of the expected length holds its place while all places are taken; 0 where they are endless. */
  readonly heldMs: number
}

/** What somebody asks for, in tokens. */
export interface Expected {
  readonly promptTokens: number
  readonly outputTokens: number
}

/** So few first tokens say nothing about a cluster's speed. */
const enoughSamples = 3
/**
 * Of a cluster that takes any number of prompts at once, a prediction alone refuses nobody: one stall, or one prompt that is
 * far longer than all before it, can make it wrong by any factor. Somebody must have waited there for so long.
 */
const evidentAfterMs = 2_500
/** One that is out for no longer than this is expected back: nobody is refused because of a moment. */
const soonMs = 2_000

/** `prior`: of the pool. Clusters that are out for longer count only where all are out: then one of them is tried. */
export function outlookOf(
  serving: readonly Candidate[],
  { promptTokens, outputTokens }: Expected,
  prior: Speed,
  now: number,
): Outlook {
  const ready = serving.filter(({ breaker }) => breaker.state(now) !== 'open')
  const clusters = ready.length > 0 ? ready : serving
  const soon = serving.filter(cluster => !clusters.includes(cluster) && isSoonBack(cluster, now))
  const open = clusters.filter(cluster => hasRoom(cluster, now))
  const speedsOf = (some: readonly Candidate[]) =>
    some.map(cluster => ({ first: cluster.load.speed(prior, now).first, pendingTokens: pendingOf(cluster, now) }))
  const known = clusters.length > 0 && clusters.every(({ load }) => load.firstTokens >= enoughSamples)
  return {
    slots: sum([...clusters, ...soon].map(slotsOf)),
    free: sum(open.map(freeOf)),
    busyForMs: clusters.length === 0 ? 0 : Math.min(...busyMs(clusters, now), ...restMs(soon, now)),
    firstTokenMs: known
      ? Math.min(
          ...speedsOf(open.length > 0 ? open : clusters).map(
            ({ first, pendingTokens }) => first.intercept + first.slope * (pendingTokens + promptTokens),
          ),
        )
      : undefined,
    heldMs: heldMs(clusters, outputTokens, prior, now),
    aloneMs: known
      ? Math.min(...speedsOf(clusters).map(({ first }) => first.intercept + first.slope * promptTokens))
      : 0,
  }
}

/**
 * The mean over all places. While a place of n is held, each of the others goes on to its next prompt, which stops this
 * answer until it is read: E (c + d n) + n s u and the wait for its own first token, as in the cost of predicted-cost.ts.
 */
function heldMs(clusters: readonly Candidate[], outputTokens: number, prior: Speed, now: number): number {
  let slots = 0
  let perMs = 0
  for (const cluster of clusters) {
    const { load, capacity } = cluster
    if (capacity === undefined) return 0
    const { first, gap } = load.speed(prior, now)
    const reading = first.intercept + first.slope * load.meanToRead * capacity
    slots += slotsOf(cluster)
    perMs += slotsOf(cluster) / (reading + outputTokens * (gap.intercept + gap.slope * capacity))
  }
  return perMs === 0 ? 0 : slots / perMs
}

/** What other processes have under way there is theirs. */
function slotsOf({ capacity, load: { others } }: Candidate): number {
  return capacity === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(1, capacity - others.unanswered - others.streaming)
}

/** The prompt tokens before which one that comes now cannot be read, as far as they count. */
const pendingOf = ({ capacity, load }: Candidate, now: number) =>
  capacity === undefined && load.oldestMs(now) < evidentAfterMs ? 0 : load.pendingTokens

/** Or proving well at this moment. */
const isSoonBack = ({ breaker }: Candidate, now: number) => breaker.reachable && breaker.restsForMs(now) <= soonMs

const busyMs = (clusters: readonly Candidate[], now: number) => clusters.map(({ breaker }) => breaker.busyForMs(now))
const restMs = (clusters: readonly Candidate[], now: number) => clusters.map(({ breaker }) => breaker.restsForMs(now))

const freeOf = (cluster: Candidate): number =>
  cluster.capacity === undefined ? Number.POSITIVE_INFINITY : cluster.capacity - inFlight(cluster)

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
