import { Fault, type IdSource } from '#kit'
import type { Endpoint, EndpointProbe, Engine } from '#llm-router'
import type { ClusterChange, ClusterInfo, ClusterTest, FoundEngine, NewCluster } from '#protocol'
import type { AuditEntry } from '#store'
import {
  type ClusterFollowerDeps,
  createClusterFollower,
  type FixedCluster,
  type LocalCluster,
  placeOfKey,
} from './cluster-follower.ts'
import { describeClusters } from './describe-clusters.ts'
import { endpointAddress, sameEndpoint } from './endpoint-address.ts'
import { freeName } from './free-name.ts'
import { findLocalEngines, type LocalPort, labelOf, localAddress } from './local-engines.ts'
import { usableModels } from './usable-models.ts'

/** Who changes something, for the audit. */
export interface Actor {
  readonly userId: string
  readonly ipAddress: string
}

/** The clusters, as administrators see and change them. A change acts here at once and on all servers within 5 s. */
export interface ClusterAdmin {
  /** Those of `parley.yaml`, those that run inside Parley, those that were added, oldest first, and those found. */
  list(): ClusterInfo[]
  /**
   * Looks at an endpoint and makes it a cluster; resolves once its models can be used. Throws `invalid_field`: of `url`
   * where it is one already or no engine that serves a model is there, of `api_key` where it refuses the key, of `name`
   * where that is taken.
   */
  add(actor: Actor, wanted: NewCluster): Promise<ClusterInfo>
  /** Answers under way on it end undisturbed. Throws `not_found`, also for one that an administrator did not add. */
  remove(actor: Actor, id: string): Promise<void>
  /** Drains, disables, enables or weighs a cluster, by its id or its name, wherever it comes from. Throws `not_found`. */
  steer(actor: Actor, idOrName: string, change: ClusterChange): Promise<ClusterInfo>
  /**
   * From now on these are the clusters that are changed elsewhere; others of the same name or address give way to them.
   * Resolves once the models of those that need no longer give way are known.
   */
  useFixed(fixed: readonly FixedCluster[]): Promise<void>
  /** The engines on this machine that are no clusters yet; none with `discover: off`. Reads their lists of models only. */
  found(): Promise<FoundEngine[]>
  /** Lists what an endpoint serves, and times a first token of one short prompt. Throws as `add`. */
  test(wanted: NewCluster): Promise<ClusterTest>
  /** Resolves once the clusters of the database, and with `discover: use` the engines found, are the router's. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface ClusterAdminOptions extends ClusterFollowerDeps {
  readonly probe: EndpointProbe
  /** Whether engines on this machine are offered, used at once, or never looked for. */
  readonly discover: 'ask' | 'use' | 'off'
  /** Where they are looked for: `usualPorts`, or those that a test listens on. */
  readonly localPorts: readonly LocalPort[]
  readonly newId: IdSource
}

/** An endpoint may be far away, and its first token behind the load of a model. */
const longestLookMs = 5_000
const longestFirstTokenMs = 10_000
const findEveryMs = 15_000

export function createClusterAdmin(options: ClusterAdminOptions): ClusterAdmin {
  const { store, llmRouter, sealer, probe, discover, localPorts, newId } = options
  const follower = createClusterFollower(options)
  let finding: NodeJS.Timeout | undefined

  const chosen = () => [...follower.fixed, ...follower.added]
  const all = () => [...chosen(), ...follower.found]

  async function findUnused(): Promise<FoundEngine[]> {
    if (discover === 'off') return []
    const isUsed = ({ port }: LocalPort) => all().some(({ url }) => sameEndpoint(url, localAddress(port)))
    return findLocalEngines(
      probe,
      localPorts.filter(port => !isUsed(port)),
    )
  }

  /** What was found once stays: one that is away for a moment is a cluster that is away, its models known. */
  async function connectFound(): Promise<void> {
    const found = [...follower.found]
    for (const { label, url } of await findUnused()) {
      const names = [...chosen(), ...found].map(({ name }) => name)
      found.push({ name: freeName(label, names), url })
    }
    if (found.length > follower.found.length) await follower.use(found)
  }

  async function findAgain(): Promise<void> {
    await connectFound()
    if (finding !== undefined) finding = setTimeout(() => void findAgain(), findEveryMs)
  }

  const list = () => describeClusters(llmRouter.clusters(), follower)

  function refuseKnown(endpoint: string): void {
    const known = chosen().find(({ url }) => sameEndpoint(url, endpoint))
    if (known !== undefined) throw taken('url', `The cluster "${known.name}" has this address.`)
  }

  function nameOf({ name }: NewCluster, url: string, engine: Engine | undefined): string {
    // Of others: an engine that was found and is used may be added under the name it has.
    const names = all().flatMap(other => (sameEndpoint(other.url, url) ? [] : other.name))
    if (name === undefined) {
      const local = localPorts.find(({ port }) => sameEndpoint(url, localAddress(port)))
      return freeName(local === undefined ? new URL(url).host : (labelOf(engine) ?? local.label), names)
    }
    if (names.includes(name)) throw nameTaken()
    return name
  }

  const audited = ({ userId, ipAddress }: Actor): AuditEntry => ({ id: newId(), actorId: userId, ipAddress })

  return {
    list,
    async add(actor, wanted) {
      const endpoint = endpointOf(wanted)
      const { url, apiKey } = endpoint
      await follower.refresh() // another server may have been told a moment ago
      refuseKnown(url)
      const probed = await probe.models(endpoint, longestLookMs)
      usableModels(probed, endpoint)
      const name = nameOf(wanted, url, probed.type === 'models' ? probed.engine : undefined)
      const id = newId()
      const sealed = apiKey === undefined ? null : sealer.seal(apiKey, placeOfKey({ id, url }))
      const cluster = { id, name, url, apiKey: sealed }
      const written = await store.clusters.add(cluster, steeringOf(name, all()), audited(actor))
      await follower.refresh()
      if (!written) {
        refuseKnown(url) // the same was asked twice at once
        throw nameTaken()
      }
      const info = list().find(one => one.id === id)
      if (info === undefined) throw new Fault('not_found', 'Somebody has removed this cluster again.')
      return info
    },
    async remove(actor, id) {
      await follower.refresh()
      const cluster = follower.added.find(one => one.id === id)
      if (cluster === undefined) throw noSuchCluster()
      const others = all().filter(one => one !== cluster)
      const removed = await store.clusters.remove(id, steeringOf(cluster.name, others), audited(actor))
      await follower.refresh()
      if (!removed) throw noSuchCluster()
    },
    async steer(actor, idOrName, { state, weight }) {
      await follower.refresh()
      const named = (all: readonly ClusterInfo[]) =>
        all.find(({ id }) => id === idOrName) ?? all.find(({ name }) => name === idOrName)
      const cluster = named(list())
      if (cluster === undefined) throw new Fault('not_found', 'There is no such cluster.')
      if (state !== undefined || weight !== undefined)
        await store.clusters.steer(cluster.name, { state, weight }, audited(actor))
      await follower.refresh()
      return named(list()) ?? cluster
    },
    useFixed: follower.useFixed,
    found: findUnused,
    async test(wanted) {
      const endpoint = endpointOf(wanted)
      const models = usableModels(await probe.models(endpoint, longestLookMs), endpoint)
      const firstTokenMs = await probe.firstTokenMs(endpoint, models[0] ?? '', longestFirstTokenMs)
      return { models: [...models], first_token_ms: firstTokenMs }
    },
    async start() {
      await follower.start()
      if (discover !== 'use') return
      await connectFound()
      finding = setTimeout(() => void findAgain(), findEveryMs)
    },
    async stop() {
      clearTimeout(finding)
      finding = undefined
      await follower.stop()
    },
  }
}

const endpointOf = ({ url, api_key }: NewCluster): Endpoint => ({ url: endpointAddress(url), apiKey: api_key })

/** An engine that was found may be added under its name, and a cluster may move from the added ones to the file. */
const steeringOf = (name: string, others: readonly LocalCluster[]) =>
  others.some(other => other.name === name) ? 'kept' : 'forgotten'

const noSuchCluster = () => new Fault('not_found', 'No administrator has added such a cluster.')
const taken = (field: string, detail: string) => new Fault('invalid_field', detail, { field })
const nameTaken = () => taken('name', 'Another cluster has this name.')
