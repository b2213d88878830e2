import { isDeepStrictEqual } from 'node:util'
import type { Sealer } from '#accounts'
import type { Log } from '#kit'
import type { ClusterOptions, LlmRouter } from '#llm-router'
import type { AddedCluster, ClusterSteering, Store } from '#store'
import { sameEndpoint } from './endpoint-address.ts'

/** A cluster that is changed elsewhere than here. */
export interface FixedCluster {
  readonly name: string
  readonly url: string
  readonly region: string | undefined
  readonly source: 'file' | 'embedded'
}

/** An engine of this machine that is used without being stored. */
export interface LocalCluster {
  readonly name: string
  readonly url: string
}

/** Keeps the router's clusters those that the database holds, and those that were found; and how they are steered. */
export interface ClusterFollower {
  /** As last given to `useFixed`, else those of the beginning. */
  readonly fixed: readonly FixedCluster[]
  /** The clusters of the database, as last read. */
  readonly added: readonly AddedCluster[]
  /** As last given to `use`. */
  readonly found: readonly LocalCluster[]
  /** What administrators say of clusters, as last read. */
  readonly steering: readonly ClusterSteering[]
  /** Reads the database, tells the router, and begins to follow. Fails where the database is away. */
  start(): Promise<void>
  /** Reads the database now, and resolves once the router knows the models of what is new. Fails as `start` does. */
  refresh(): Promise<void>
  /** From now on these are used, too. Resolves once the router knows their models. */
  use(found: readonly LocalCluster[]): Promise<void>
  /** From now on others of the same name or address give way to these. Resolves as `use` does. */
  useFixed(fixed: readonly FixedCluster[]): Promise<void>
  stop(): Promise<void>
}

export interface ClusterFollowerDeps {
  readonly store: Pick<Store, 'clusters'>
  readonly llmRouter: LlmRouter
  readonly fixed: readonly FixedCluster[]
  readonly sealer: Sealer
  readonly log: Log
}

/** All servers follow within five seconds: this, and the moment that a look takes. */
const everyMs = 2_000

/** What a cluster's key is sealed for: it goes to this cluster at this address, and nowhere else. */
export const placeOfKey = ({ id, url }: Pick<AddedCluster, 'id' | 'url'>) => `cluster ${id} ${url}`

export function createClusterFollower(deps: ClusterFollowerDeps): ClusterFollower {
  const { store, llmRouter, sealer, log } = deps
  let { fixed } = deps
  let added: readonly AddedCluster[] = []
  let found: readonly LocalCluster[] = []
  let steering: readonly ClusterSteering[] = []
  let timer: NodeJS.Timeout | undefined
  let lastRead: Promise<unknown> = Promise.resolve()

  /** Begins a read once the one before is over, so that it sees what was written before the call. */
  function read(): Promise<{ readonly known: Promise<void> }> {
    const next = lastRead.then(readNow, readNow)
    lastRead = next
    return next
  }

  // The router's look at new clusters takes up to three seconds: nobody who only reads waits for it.
  async function readNow(): Promise<{ readonly known: Promise<void> }> {
    const [rows, said] = await Promise.all([store.clusters.list(), store.clusters.steering()])
    if (!isDeepStrictEqual(said, steering)) {
      steering = said
      llmRouter.steer(new Map(said.map(({ name, ...how }) => [name, how])))
    }
    if (isDeepStrictEqual(rows, added)) return { known: Promise.resolve() }
    added = rows
    return { known: apply() }
  }

  function apply(): Promise<void> {
    // What `parley.yaml` says wins, and what an administrator says comes before what was only found.
    const stored = added.filter(cluster => !clashes(cluster, fixed))
    const local = found.filter(engine => !clashes(engine, [...fixed, ...added]))
    return llmRouter.setClusters([
      ...stored.flatMap(open),
      ...local.map(({ name, url }) => optionsOf(name, url, undefined)),
    ])
  }

  /** None where its key cannot be opened: asked without it, the cluster would refuse everything. */
  function open(cluster: AddedCluster): readonly ClusterOptions[] {
    if (cluster.apiKey === null) return [optionsOf(cluster.name, cluster.url, undefined)]
    const apiKey = sealer.open(cluster.apiKey, placeOfKey(cluster))
    if (apiKey !== undefined) return [optionsOf(cluster.name, cluster.url, apiKey)]
    log.error({ cluster: cluster.name }, 'a cluster is left out: PARLEY_SECRET does not open its key')
    return []
  }

  async function follow(): Promise<void> {
    try {
      await read()
    } catch (error) {
      log.warn({ error }, 'the clusters could not be read; those that are known stay')
    }
    if (timer !== undefined) timer = setTimeout(() => void follow(), everyMs)
  }

  return {
    get added() {
      return added
    },
    get found() {
      return found
    },
    get fixed() {
      return fixed
    },
    get steering() {
      return steering
    },
    async start() {
      const { known } = await read()
      await known
      timer = setTimeout(() => void follow(), everyMs)
    },
    async refresh() {
      const { known } = await read()
      await known
    },
    use(engines) {
      found = engines
      return apply()
    },
    useFixed(wanted) {
      fixed = wanted
      return apply()
    },
    async stop() {
      clearTimeout(timer)
      timer = undefined
      await lastRead.catch(() => {})
    },
  }
}

const clashes = (one: LocalCluster, others: readonly LocalCluster[]) =>
  others.some(({ name, url }) => name === one.name || sameEndpoint(url, one.url))

const optionsOf = (name: string, url: string, apiKey: string | undefined): ClusterOptions => ({
  name,
  region: undefined,
  url,
  apiKey,
  models: undefined,
  capacity: undefined,
  engine: undefined,
})
