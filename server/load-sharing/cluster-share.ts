import { z } from 'zod'

/** What is under way on one cluster: a process's own, or that of several together. */
export const ClusterShare = z.object({
  /** See `clusterMark`. */
  cluster: z.string(),
  unanswered: z.number().nonnegative(),
  pendingTokens: z.number().nonnegative(),
  streaming: z.number().nonnegative(),
})
export type ClusterShare = Readonly<z.infer<typeof ClusterShare>>

export const Others = z.object({
  /** So many have told what they have lately, the one that asks among them. */
  processes: z.int().positive(),
  /** What all but the one that asks have under way together; one a cluster. */
  shares: z.array(ClusterShare).readonly(),
})
export type Others = Readonly<z.infer<typeof Others>>

/** Where processes tell each other what they have under way: the hub, or a Redis. */
export interface SharedLoads {
  /**
   * Tells all that `process` has under way now, in place of what it told before, and learns what the others have. Who
   * was silent for `silenceMs` counts for nothing. Rejects with `Away` where the place does not answer; whether it was
   * told is then unknown, and the next exchange mends it.
   */
  exchange(process: string, own: readonly ClusterShare[]): Promise<Others>
}

/** Long enough for two heartbeats that are late, short enough that a dead process's work soon burdens nobody. */
export const silenceMs = 500

/** What several processes have together. */
export function sumOf(processes: Iterable<readonly ClusterShare[]>): ClusterShare[] {
  const sums = new Map<string, ClusterShare>()
  for (const shares of processes) {
    for (const share of shares) {
      const sum = sums.get(share.cluster)
      sums.set(share.cluster, sum === undefined ? share : added(sum, share))
    }
  }
  return [...sums.values()]
}

const added = (one: ClusterShare, other: ClusterShare): ClusterShare => ({
  cluster: one.cluster,
  unanswered: one.unanswered + other.unanswered,
  pendingTokens: one.pendingTokens + other.pendingTokens,
  streaming: one.streaming + other.streaming,
})
