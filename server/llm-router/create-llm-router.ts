import { Agent } from 'undici'
import { type Clock, Fault, type Log } from '#kit'
import type { Model } from '#protocol'
import { createCapacityPart } from './capacity-part.ts'
import { type Cluster, type ClusterOptions, createCluster, type Steering } from './cluster.ts'
import { createClusterSet } from './cluster-set.ts'
import { type ClusterState, stateOf } from './cluster-state.ts'
import type { ClusterLoad } from './decide/cluster-load.ts'
import { createPromptHasher } from './decide/hash-prompt.ts'
import { createOutputLengths } from './decide/output-lengths.ts'
import { createPolicy, type PolicyName } from './decide/policies.ts'
import { createPool } from './decide/pool.ts'
import { createRetryBudget } from './decide/retry-budget.ts'
import { continuationOf } from './engines.ts'
import { failOver, requireRoom } from './fail-over.ts'
import type { GenerationRequest, TakeBatch } from './generation-event.ts'
import { createKeptConnections } from './kept-connections.ts'
import { createModelTable, type ModelOptions, type ModelTable, type ResolvedModel } from './model-table.ts'

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
   * that fails is replaced by the next, behind its first text only once and where that goes unnoticed. Aborting ends the generation on the cluster, too, at once,
   * and throws the signal's reason. Throws the faults of `admit`, and `generation_failed`.
   */
  generate(model: ResolvedModel, request: GenerationRequest, take: TakeBatch, signal: AbortSignal): Promise<void>
  /** Every cluster, those of the setup first. */
  clusters(): ClusterState[]
  /**
   * From now on this is the setup. Clusters with the same options go on with all that is known of them, those at the
   * same address with what was learned of it. Generations under way on one that is gone end undisturbed. Resolves once
   * every new one was asked for its models, or could not be within three seconds.
   */
  configure(setup: RouterSetup): Promise<void>
  /** The same for the clusters beside those of the setup; one that has the name of one of these is left out. */
  setClusters(added: readonly ClusterOptions[]): Promise<void>
  /** From now on clusters are steered like this, by their names; those without an entry are enabled, at weight 1. */
  steer(steering: ReadonlyMap<string, Steering>): void
  /** Every cluster, for whoever tells other processes what is under way here, and its load what they have. */
  loads(): readonly LoadedCluster[]
  /** How much of each cluster's capacity is this process's: see `CapacityPart.take`. */
  takePart(known: number, live: number): void
  /** Stops the background look-ups and closes every socket. */
  close(): Promise<void>
}

/** What an operator decides. */
export interface RouterSetup {
  /** Their names must differ. */
  readonly clusters: readonly ClusterOptions[]
  /** By the name users pick, in the order they are shown. */
  readonly models: ReadonlyMap<string, ModelOptions>
  readonly defaultModel: string | undefined
  /** How the cluster for an answer is chosen. */
  readonly policy: PolicyName
}

export interface LlmRouterOptions extends RouterSetup {
  readonly clock: Clock
  /** Between 0 and 1, for the spread of waits. */
  readonly random: () => number
  readonly log: Log
}

const connectMs = 2_000

/** Resolves once every cluster was asked for its models, or could not be within three seconds. */
export async function createLlmRouter(options: LlmRouterOptions): Promise<LlmRouter> {
  const agent = new Agent({ connect: { timeout: connectMs } })
  const connections = createKeptConnections({ connectMs })
  const part = createCapacityPart()
  const { clock, random, log } = options
  const set = createClusterSet({
    create: (cluster, learned) => createCluster(cluster, { agent, connections, part, ...options }, learned),
    clock,
  })
  let setup: RouterSetup = options
  let table = tableOf(setup)
  let pool = createPool({ policy: createPolicy(setup.policy), random })
  const choosing = {
    retries: createRetryBudget(),
    lengths: createOutputLengths(),
    hash: createPromptHasher(),
    clock,
    log,
  }
  await set.configure(setup.clusters)

  function tableOf({ models, defaultModel }: RouterSetup): ModelTable {
    return createModelTable(models, defaultModel, () => set.serving.filter(({ state }) => state !== 'disabled'))
  }

  const serving = (model: ResolvedModel, request?: GenerationRequest) =>
    set.serving.filter(
      cluster =>
        cluster.state === 'enabled' &&
        cluster.models().includes(model.serves) &&
        (request === undefined || mayServe(cluster, request)),
    )

  return {
    models: () => table.list(),
    defaultModel() {
      const name = table.defaultName()
      if (name !== undefined) return name
      throw new Fault('model_unavailable', 'No model is available right now.', { retryAfterMs: 5_000 })
    },
    resolve: name => table.resolve(name),
    admit(name) {
      const model = table.resolve(name)
      requireRoom(serving(model), model, clock.elapsed())
      return model
    },
    generate(model, request, take, signal) {
      const deps = { ...choosing, pool, policy: setup.policy, serving }
      return failOver(deps, { model, request, take, signal })
    },
    clusters: () => set.all.map(cluster => stateOf(cluster, clock.elapsed())),
    async configure(wanted) {
      if (wanted.policy !== setup.policy) pool = createPool({ policy: createPolicy(wanted.policy), random })
      setup = wanted
      await set.configure(wanted.clusters)
      table = tableOf(setup) // that of a later call, where there was one meanwhile
    },
    setClusters: set.add,
    steer: set.steer,
    loads: () => set.serving,
    takePart: part.take,
    async close() {
      set.close()
      connections.close()
      await agent.destroy()
    },
  }
}

const mayServe = (cluster: Cluster, { continues, seamless }: GenerationRequest) =>
  !(continues && seamless) || continuationOf(cluster.engine()) !== 'ask'
