/** What the choice looks at. */
export interface Candidate {
  readonly inFlight: number
  /** Generations at once; undefined: unknown. */
  readonly capacity: number | undefined
  /** Of the time to the first token: 0 while none was seen. */
  readonly latency: { readonly meanMs: number }
  readonly health: { readonly ready: boolean; readonly busyForMs: number; readonly restsForMs: number }
}

/**
 * The mission's rule: score = latency x (1 + load), the lowest wins. Load is the used share of the capacity, or, where
 * none is known, the generations in flight. A cluster without a sample yet is tried first. Full and busy ones are no
 * candidates: undefined when all are. Of clusters that all have failed, the one that is nearest to its next try is taken.
 */
export function chooseCluster<Cluster extends Candidate>(clusters: readonly Cluster[]): Cluster | undefined {
  const free = clusters.filter(hasRoom)
  const ready = free.filter(({ health }) => health.ready)
  if (ready.length > 0) return ready.toSorted((a, b) => score(a) - score(b) || a.inFlight - b.inFlight)[0]
  return free.toSorted((a, b) => a.health.restsForMs - b.health.restsForMs || a.inFlight - b.inFlight)[0]
}

/** Whether it would take one more. */
export const hasRoom = ({ capacity, inFlight, health }: Candidate) =>
  (capacity === undefined || inFlight < capacity) && health.busyForMs === 0

const score = ({ latency, inFlight, capacity }: Candidate) => latency.meanMs * (1 + inFlight / (capacity ?? 1))
