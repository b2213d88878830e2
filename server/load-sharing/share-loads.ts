import { Away, type Clock, type Log } from '#kit'
import type { LlmRouter, LoadedCluster } from '#llm-router'
import { clusterMark } from './cluster-mark.ts'
import { type ClusterShare, type Others, type SharedLoads, silenceMs } from './cluster-share.ts'

export interface LoadSharingOptions {
  readonly router: Pick<LlmRouter, 'loads' | 'takePart'>
  /** Undefined: there is none, so each process takes its part of what clusters can do. */
  readonly sharedLoads: SharedLoads | undefined
  /** All processes that use the clusters tell there what they have: while it answers, nothing needs to be left for others. */
  readonly everyone: boolean
  /** This process's id. */
  readonly process: string
  /** Its machine's name. */
  readonly machine: string
  readonly clock: Clock
  readonly log: Log
}

export interface LoadSharing {
  /** So many processes live, this one among them, whether or not they are heard. */
  live(processes: number): void
  close(): void
}

/** While anything is under way. About as old may be what a choice knows of the others. */
const everyMs = 25
/** With many processes it is more, so that together they ask some five hundred times a second. */
const everyMsPerProcess = 2
/** While nothing is: several times within the silence after which a process counts for nothing. */
const idleEveryMs = 100

/** Keeps a router told of what other processes have under way, and them of what it has. Off the path of any request. */
export function shareLoads(options: LoadSharingOptions): LoadSharing {
  const { router, sharedLoads, everyone, process, machine, clock, log } = options
  const marks = new WeakMap<LoadedCluster, string>()
  let live = 1
  let known = 1
  let heardAt = Number.NEGATIVE_INFINITY
  let failing = false
  let closed = false
  let timer: NodeJS.Timeout | undefined

  function markOf(cluster: LoadedCluster): string {
    const mark = marks.get(cluster) ?? clusterMark(cluster, machine)
    marks.set(cluster, mark)
    return mark
  }

  function know(processes: number): void {
    known = processes
    router.takePart(known, live)
  }

  function hear({ processes, shares }: Others): void {
    heardAt = clock.elapsed()
    failing = false
    const others = new Map(shares.map(share => [share.cluster, share]))
    for (const cluster of router.loads()) cluster.load.heard(others.get(markOf(cluster)) ?? nothing, heardAt)
    know(everyone ? Number.POSITIVE_INFINITY : processes)
  }

  function miss(error: unknown): void {
    if (!failing && !(error instanceof Away)) log.error({ error }, 'loads could not be shared by a bug')
    failing = true
    const now = clock.elapsed()
    if (known === 1 || now - heardAt <= silenceMs) return
    for (const { load } of router.loads()) load.heard(nothing, now)
    know(1)
  }

  function ownOf(cluster: LoadedCluster): ClusterShare[] {
    const { own } = cluster.load
    return own.unanswered + own.streaming === 0 ? [] : [{ cluster: markOf(cluster), ...own }]
  }

  /** Looking from time to time is cheaper than being told of each dispatch, first token and end. */
  async function exchange(loads: SharedLoads): Promise<void> {
    const own = router.loads().flatMap(ownOf)
    let pauseMs = own.length > 0 ? everyMs : idleEveryMs
    try {
      const others = await loads.exchange(process, own)
      hear(others)
      if (own.length + others.shares.length > 0)
        pauseMs = Math.min(idleEveryMs, Math.max(everyMs, everyMsPerProcess * others.processes))
    } catch (error) {
      miss(error)
    }
    if (!closed) timer = setTimeout(() => void exchange(loads), pauseMs)
  }

  if (sharedLoads !== undefined) void exchange(sharedLoads)
  return {
    live(processes) {
      live = processes
      router.takePart(known, live)
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

const nothing = { unanswered: 0, pendingTokens: 0, streaming: 0 }
