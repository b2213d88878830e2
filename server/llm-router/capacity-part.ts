/** What this process may use of the clusters, which other processes use as well. */
export interface CapacityPart {
  /**
   * From now on: it knows what `known` processes have under way, itself among them, and `live` use the clusters. Those it
   * does not hear are left their part.
   */
  take(known: number, live: number): void
  /** Of so many generations at once; at least one. */
  of(capacity: number): number
}

/** At first, all. */
export function createCapacityPart(): CapacityPart {
  let known = 1
  let live = 1
  return {
    take(knownNow, liveNow) {
      known = knownNow
      live = liveNow
    },
    of: capacity => (known >= live ? capacity : Math.max(1, Math.floor((capacity * known) / live))),
  }
}
