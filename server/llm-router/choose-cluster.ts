/** What the choice looks at. */
export interface Candidate {
  /** Moving average of the time to the first token, in milliseconds; 0 while none was seen. */
  readonly firstTokenMs: number
  readonly inFlight: number
  /** Generations at once; undefined: unknown. */
  readonly capacity: number | undefined
}

/**
 * The mission's rule: score = latency x (1 + load), the lowest wins. Load is the used share of the capacity, or, where
 * none is known, the generations in flight. A cluster without a sample yet is tried first. Full ones are no candidates:
 * undefined when all are full.
 */
export function chooseCluster<Cluster extends Candidate>(clusters: readonly Cluster[]): Cluster | undefined {
  const free = clusters.filter(({ capacity, inFlight }) => capacity === undefined || inFlight < capacity)
  return free.toSorted((a, b) => score(a) - score(b) || a.inFlight - b.inFlight)[0]
}

const score = ({ firstTokenMs, inFlight, capacity }: Candidate) => firstTokenMs * (1 + inFlight / (capacity ?? 1))
