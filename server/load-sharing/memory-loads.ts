import type { Clock } from '#kit'
import { type ClusterShare, type SharedLoads, silenceMs, sumOf } from './cluster-share.ts'

/** The hub's own: what its workers told last. */
export function createMemoryLoads(clock: Clock): SharedLoads {
  const told = new Map<string, { readonly at: number; readonly shares: readonly ClusterShare[] }>()

  return {
    async exchange(process, own) {
      const now = clock.elapsed()
      told.set(process, { at: now, shares: own })
      for (const [other, { at }] of told) if (now - at > silenceMs) told.delete(other)
      const others = [...told].flatMap(([other, { shares }]) => (other === process ? [] : [shares]))
      return { processes: told.size, shares: sumOf(others) }
    },
  }
}
