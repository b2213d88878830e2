import type { Demand } from './demand.ts'
import type { Candidate } from './policy.ts'

/** Far enough into a prompt that what all begin with is behind: with blocks of 512 bytes, some 600 tokens. */
const homeBlocks = 5

/**
 * Where a prompt is at home, and how much of what is not known to be kept there is taken for kept: as large a part as the
 * work of others is of all, for so likely one of them has sent the beginning of a conversation.
 */
export interface Home<Cluster> {
  readonly cluster: Cluster
  readonly trust: number
}

/**
 * Processes tell each other what they have under way, not which prompts they have sent where. So that a conversation which
 * comes by another process each time still finds its prefix, all lean to the same cluster for it, which its beginning and
 * the clusters' names decide (rendezvous hashing: Thaler and Ravishankar 1998). Undefined while nobody else sends anything.
 */
export function homeOf<Cluster extends Candidate>(
  candidates: readonly Cluster[],
  { blocks }: Demand,
): Home<Cluster> | undefined {
  let all = 0
  let others = 0
  for (const { load } of candidates) {
    all += load.unanswered + load.streaming
    others += load.others.unanswered + load.others.streaming
  }
  const [first] = candidates
  if (others === 0 || first === undefined || blocks.length === 0) return undefined
  const key = blocks[Math.min(homeBlocks, blocks.length) - 1] ?? 0
  let cluster = first
  let highest = -1
  for (const candidate of candidates) {
    const place = placeOf(candidate.name, key)
    if (place <= highest) continue
    highest = place
    cluster = candidate
  }
  return { cluster, trust: others / all }
}

/** A number of 32 bits, mixed as at the end of MurmurHash3 (Appleby 2011). */
function placeOf(name: string, key: number): number {
  let hash = (key ^ (key / 0x1_0000_0000)) | 0
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
