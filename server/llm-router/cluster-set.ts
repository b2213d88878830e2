import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '#kit'
import type { Cluster, ClusterOptions, Learned, Steering } from './cluster.ts'

/** The clusters of a router, as they come and go. */
export interface ClusterSet {
  /** Those of the configuration first. Replaced as a whole, never changed: who holds it keeps what it began with. */
  readonly all: readonly Cluster[]
  /** And, until the new ones were asked for their models, those whose place they take. */
  readonly serving: readonly Cluster[]
  /**
   * From now on these are the clusters of the configuration. One with the options it had goes on; one at the address it
   * had goes on with what was learned of it. Generations under way on one that is gone end undisturbed. Resolves once
   * every new one was asked for its models, or could not be within three seconds.
   */
  configure(wanted: readonly ClusterOptions[]): Promise<void>
  /** The same of those beside them; one that has the name of a configured one is left out. */
  add(wanted: readonly ClusterOptions[]): Promise<void>
  /** From now on clusters are steered like this, by their names; those without an entry are enabled, at weight 1. */
  steer(steering: ReadonlyMap<string, Steering>): void
  /** Stops the looks. */
  close(): void
}

export interface ClusterSetDeps {
  readonly create: (options: ClusterOptions, learned: Learned | undefined) => Cluster
  readonly clock: Clock
}

/** How often clusters are looked at; one that is out, more often. No look, so no start either, waits longer. */
const lookEveryMs = 15_000
const lookAtAilingEveryMs = 3_000
const longestLookMs = 3_000

const unsteered: Steering = { state: 'enabled', weight: 1 }

export function createClusterSet({ create, clock }: ClusterSetDeps): ClusterSet {
  let configured: readonly ClusterOptions[] = []
  let added: readonly ClusterOptions[] = []
  let steering: ReadonlyMap<string, Steering> = new Map()
  let all: readonly Cluster[] = []
  let leaving: readonly Cluster[] = []

  async function look(which: readonly Cluster[]): Promise<void> {
    const signal = AbortSignal.timeout(longestLookMs)
    await Promise.all(which.map(cluster => cluster.state !== 'disabled' && cluster.look(signal)))
  }
  const looks = [
    setInterval(() => void look(all), lookEveryMs),
    setInterval(() => void look(all.filter(cluster => !isReady(cluster, clock.elapsed()))), lookAtAilingEveryMs),
  ]

  function become(options: ClusterOptions): Cluster {
    const before = [...all, ...leaving].find(({ name }) => name === options.name)
    if (before !== undefined && isDeepStrictEqual(before.options, options)) return before
    return create(options, before?.url === options.url ? before.learned : undefined)
  }

  async function renew(): Promise<void> {
    const before = all
    const names = new Set(configured.map(({ name }) => name))
    all = [...configured, ...added.filter(({ name }) => !names.has(name))].map(become)
    const gone = before.filter(cluster => !all.includes(cluster))
    // Those that leave already do so once the new ones of then were asked, whatever else changes meanwhile.
    leaving = [...leaving.filter(cluster => !all.includes(cluster)), ...gone]
    apply()
    await look(all.filter(cluster => !before.includes(cluster)))
    leaving = leaving.filter(cluster => !gone.includes(cluster))
  }

  function apply(): void {
    for (const cluster of [...all, ...leaving]) Object.assign(cluster, steering.get(cluster.name) ?? unsteered)
  }

  return {
    get all() {
      return all
    },
    get serving() {
      return leaving.length === 0 ? all : [...all, ...leaving]
    },
    configure(wanted) {
      configured = wanted
      return renew()
    },
    add(wanted) {
      added = wanted
      return renew()
    },
    steer(wanted) {
      steering = wanted
      const rested = all.filter(({ state }) => state === 'disabled')
      apply()
      void look(rested)
    },
    close() {
      for (const timer of looks) clearInterval(timer)
    },
  }
}

/** It is there, and its breaker lets it work. */
export function isReady({ breaker }: Cluster, now: number): boolean {
  const state = breaker.state(now)
  return state === 'closed' || state === 'half_open'
}
