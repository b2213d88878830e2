import { isDeepStrictEqual } from 'node:util'
import { Agent } from 'undici'
import { type Clock, Fault, type Log } from '#kit'
import type { Model } from '#protocol'
import { createCapacityPart } from './capacity-part.ts'
import { type Cluster, type ClusterOptions, createCluster } from './cluster.ts'
import type { ClusterLoad } from './decide/cluster-load.ts'
import { createPromptHasher } from './decide/hash-prompt.ts'
import { createOutputLengths } from './decide/output-lengths.ts'
import { createPolicy, type PolicyName } from './decide/policies.ts'
import { createPool } from './decide/pool.ts'
import { createRetryBudget } from './decide/retry-budget.ts'
import { continuationOf, type Engine } from './engines.ts'
import { failOver, requireRoom } from './fail-over.ts'
import type { GenerationRequest, TakeBatch } from './generation-event.ts'
import { createKeptConnections } from './kept-connections.ts'
import { createModelTable, type ModelOptions, type ResolvedModel } from './model-table.ts'

/** How a cluster is doing. */
export interface ClusterState {
  readonly name: string
  readonly url: string
  /** Undefined while it is not known. */
  readonly engine: Engine | undefined
  /** What it serves, as far as known now. */
  readonly models: readonly string[]
  /** It is there and is given work. */
  readonly ready: boolean
}

/** A cluster with what is under way there. */
export type LoadedCluster = Pick<Cluster, 'name' | 'url'> & {
  readonly load: Pick<ClusterLoad, 'own' | 'others' | 'heard'>
}

export interface LlmRouter {
  /** The names users may pick. */
  models(): Model[]
  /** The name for a conversation that picks none. Throws `model_unavailable` while no cluster is known. */
  defaultModel(): string
  /** Makes a name definite. Throws `model_not_found`. */
  resolve(name: string): ResolvedModel
  /**
   * Whether a generation for this name may begin now; touches no network. Throws `model_not_found`,
   * `model_unavailable` (no cluster serves it now) or `overloaded` (all that serve it are full).
   */
  admit(name: string): ResolvedModel
  /**
   * Streams an answer into `take`, in batches, and resolves at its end; see GenerationEvent for their order. A cluster
   * that fails before its first text is replaced by the next. Aborting ends the generation on the cluster, too, at once,
   * and throws the signal's reason. Throws the faults of `admit`, and `generation_failed`.
   */
  generate(model: ResolvedModel, request: GenerationRequest, take: TakeBatch, signal: AbortSignal): Promise<void>
  /** Every cluster, those of the options first. */
  clusters(): ClusterState[]
  /**
   * From now on `added` are the clusters beside those of the options; names must differ from all others. Those that were
   * there before, with the same options, go on with all that is known of them. Generations under way on one that is gone
   * end undisturbed. Resolves once every new one was asked for its models, or could not be within three seconds.
   */
  setClusters(added: readonly ClusterOptions[]): Promise<void>
  /** Every cluster, for whoever tells other processes what is under way here, and its load what they have. */
  loads(): readonly LoadedCluster[]
  /** How much of each cluster's capacity is this process's: see `CapacityPart.take`. */
  takePart(known: number, live: number): void
  /** Stops the background look-ups and closes every socket. */
  close(): Promise<void>
}

export interface LlmRouterOptions {
  /** Those that stay as long as the router lives. */
  readonly clusters: readonly ClusterOptions[]
  /** By the name users pick, in the order they are shown. */
  readonly models: ReadonlyMap<string, ModelOptions>
  readonly defaultModel: string | undefined
  /** How the cluster for an answer is chosen. */
  readonly policy: PolicyName
  readonly clock: Clock
  /** Between 0 and 1, for the spread of waits. */
  readonly random: () => number
  readonly log: Log
}

/** How often clusters are looked at; one that is out, more often. No look, so no start either, waits longer. */
const lookEveryMs = 15_000
const lookAtAilingEveryMs = 3_000
const longestLookMs = 3_000
const connectMs = 2_000

/** Resolves once every cluster was asked for its models, or could not be within three seconds. */
export async function createLlmRouter(options: LlmRouterOptions): Promise<LlmRouter> {
  const agent = new Agent({ connect: { timeout: connectMs } })
  const connections = createKeptConnections({ connectMs })
  const part = createCapacityPart()
  const create = (cluster: ClusterOptions) => createCluster(cluster, { agent, connections, part, ...options })
  const lasting = options.clusters.map(create)
  let added: readonly AddedCluster[] = []
  // Replaced as a whole, never changed: who holds it, a generation under way, keeps what it began with.
  let clusters: readonly Cluster[] = lasting
  const table = createModelTable(options.models, options.defaultModel, () => clusters)

  const { clock, random, log } = options
  const choosing = {
    pool: createPool({ policy: createPolicy(options.policy), random }),
    retries: createRetryBudget(),
    lengths: createOutputLengths(),
    hash: createPromptHasher(),
    clock,
    log,
  }
  const isReady = ({ breaker }: Cluster) => {
    const state = breaker.state(clock.elapsed())
    return state === 'closed' || state === 'half_open'
  }

  const look = async (which: readonly Cluster[]) => {
    const signal = AbortSignal.timeout(longestLookMs)
    await Promise.all(which.map(cluster => cluster.look(signal)))
  }
  await look(clusters)
  const looks = [
    setInterval(() => void look(clusters), lookEveryMs),
    setInterval(() => {
      const ailing = clusters.filter(cluster => !isReady(cluster))
      void look(ailing)
    }, lookAtAilingEveryMs),
  ]
  const serving = (model: ResolvedModel) => clusters.filter(cluster => cluster.models().includes(model.serves))

  return {
    models: table.list,
    defaultModel() {
      const name = table.defaultName()
      if (name !== undefined) return name
      throw new Fault('model_unavailable', 'No model is available right now.', { retryAfterMs: 5_000 })
    },
    resolve: table.resolve,
    admit(name) {
      const model = table.resolve(name)
      requireRoom(serving(model), model, clock.elapsed())
      return model
    },
    generate(model, request, take, signal) {
      const able = (wanted: ResolvedModel) => serving(wanted).filter(cluster => mayServe(cluster, request))
      return failOver({ ...choosing, serving: able }, { model, request, take, signal })
    },
    clusters: () =>
      clusters.map(cluster => ({
        name: cluster.name,
        url: cluster.url,
        engine: cluster.engine(),
        models: cluster.models(),
        ready: isReady(cluster),
      })),
    async setClusters(wanted) {
      const before = added
      added = wanted.map(
        wish =>
          before.find(known => isDeepStrictEqual(known.options, wish)) ?? { options: wish, cluster: create(wish) },
      )
      clusters = [...lasting, ...added.map(({ cluster }) => cluster)]
      await look(added.filter(one => !before.includes(one)).map(({ cluster }) => cluster))
    },
    loads: () => clusters,
    takePart: part.take,
    async close() {
      for (const timer of looks) clearInterval(timer)
      connections.close()
      await agent.destroy()
    },
  }
}

const mayServe = (cluster: Cluster, { continues, seamless }: GenerationRequest) =>
  !(continues && seamless) || continuationOf(cluster.engine()) !== 'ask'

interface AddedCluster {
  readonly options: ClusterOptions
  readonly cluster: Cluster
}
