import type { Breaker } from './breaker.ts'
import type { ClusterLoad, Speed } from './cluster-load.ts'
import type { Demand } from './demand.ts'

/** A cluster as a policy sees it. */
export interface Candidate {
  readonly name: string
  readonly load: ClusterLoad
  readonly breaker: Breaker
  /** Generations at once; undefined: no limit is known. */
  readonly capacity: number | undefined
  /** How much of the work it should get beside others, by an administrator's word; 1 by default. */
  readonly weight: number
}

/** What all decisions of one pool have learned together. */
export interface PoolState {
  /** How fast clusters are in the middle: each is measured by that. */
  readonly prior: Speed
  readonly random: () => number
}

/** A policy's pick, and what it was picked for. */
export interface Scored<Cluster> {
  readonly cluster: Cluster
  /** The lower, the better; what it means is the policy's own. */
  readonly score: number
  /** Predicted, as long as the cluster is not late. */
  readonly firstTokenMs: number
  readonly uncachedTokens: number
  readonly lateness: number
}

/** Picks one of the candidates, of which there is at least one. Pure but for `random`; touches no network. */
export type Policy = <Cluster extends Candidate>(
  candidates: readonly Cluster[],
  demand: Demand,
  now: number,
  pool: PoolState,
) => Scored<Cluster>

/** Generations under way, those of other processes among them. */
export const inFlight = ({ load }: Pick<Candidate, 'load'>): number => load.unanswered + load.streaming
