import { type Candidate, inFlight } from '../../../server/llm-router/decide/policy.ts'
import { seedOf } from '../../seeded-random.ts'
import type { PolicyUnderTest } from '../policy-under-test.ts'
import { picked } from './lowest.ts'

/** KubeAI's defaults (`PrefixHash`): places on the ring for each cluster, and how far over the mean a cluster may be loaded. */
const replication = 256
const loadFactor = 1.25
/** Its prefix is 100 characters, all within our first block; where all prompts begin alike that pins nothing, so we give it four. */
const prefixBlocks = 4

/**
 * A prompt's beginning decides where it goes: consistent hashing, with bounded loads (Mirrokni et al. 2018), which hands
 * on to the next on the ring what a cluster would take over 1.25 times the mean.
 */
export function prefixPin(): PolicyUnderTest {
  let ring: ReadonlyArray<{ readonly place: number; readonly name: string }> = []
  let ringOf = ''
  return {
    choose(candidates, demand, now, pool) {
      const names = candidates.map(({ name }) => name).join()
      if (names !== ringOf) {
        ring = placesOf(candidates)
        ringOf = names
      }
      const key = seedOf(`prefix ${demand.blocks[Math.min(prefixBlocks, demand.blocks.length) - 1] ?? pool.random()}`)
      const all = candidates.reduce((sum, cluster) => sum + inFlight(cluster), 0)
      const most = Math.ceil((loadFactor * (all + 1)) / candidates.length)
      const from = Math.max(
        0,
        ring.findIndex(({ place }) => place >= key),
      )
      for (let step = 0; step < ring.length; step++) {
        const { name } = ring[(from + step) % ring.length] ?? {}
        const cluster = candidates.find(other => other.name === name)
        if (cluster !== undefined && inFlight(cluster) + 1 <= most) return picked(cluster, demand, now, pool, step)
      }
      return picked(candidates[0], demand, now, pool, 0)
    },
  }
}

const placesOf = (candidates: readonly Candidate[]) =>
  candidates
    .flatMap(({ name }) =>
      Array.from({ length: replication }, (_, copy) => ({ place: seedOf(`${name} ${copy}`), name })),
    )
    .sort((a, b) => a.place - b.place)
