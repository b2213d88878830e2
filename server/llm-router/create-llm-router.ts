import { Agent } from 'undici'
import { type Clock, Fault, type Log } from '#kit'
import type { Model } from '#protocol'
import { chooseCluster } from './choose-cluster.ts'
import { type ClusterOptions, createCluster } from './cluster.ts'
import type { GenerationEvent, GenerationRequest } from './generation-event.ts'
import { createModelTable, type ModelOptions, type ResolvedModel } from './model-table.ts'

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
   * Chooses a cluster and streams the answer in batches; see GenerationEvent for their order. Aborting ends the
   * generation on the cluster, too, and throws the signal's reason. Throws the faults of `admit`, and
   * `generation_failed`.
   */
  generate(
    model: ResolvedModel,
    request: GenerationRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly GenerationEvent[]>
  /** Stops the background look-ups and closes every socket. */
  close(): Promise<void>
}

export interface LlmRouterOptions {
  readonly clusters: readonly ClusterOptions[]
  /** By the name users pick, in the order they are shown. */
  readonly models: ReadonlyMap<string, ModelOptions>
  readonly defaultModel: string | undefined
  readonly clock: Clock
  readonly log: Log
}

/** How often a cluster is asked for its models, and how long a first start waits for their answers. */
const discoverEveryMs = 15_000
const firstDiscoveryMs = 3_000

/** Resolves once every cluster was asked for its models, or could not be within three seconds. */
export async function createLlmRouter(options: LlmRouterOptions): Promise<LlmRouter> {
  const agent = new Agent({ connect: { timeout: 2_000 }, headersTimeout: 0, bodyTimeout: 0, connections: null })
  const clusters = options.clusters.map(cluster => createCluster(cluster, { agent, ...options }))
  const table = createModelTable(options.models, options.defaultModel, clusters)

  const discoverAll = async (limitMs: number) => {
    const signal = AbortSignal.timeout(limitMs)
    await Promise.all(clusters.map(cluster => cluster.discover(signal)))
  }
  await discoverAll(firstDiscoveryMs)
  const discovery = setInterval(() => void discoverAll(discoverEveryMs), discoverEveryMs)

  function choose(model: ResolvedModel) {
    const serving = clusters.filter(cluster => cluster.models().includes(model.serves))
    if (serving.length === 0) {
      throw new Fault('model_unavailable', `No cluster serves the model "${model.name}" right now.`, {
        retryAfterMs: 5_000,
      })
    }
    const cluster = chooseCluster(serving)
    if (cluster === undefined) {
      throw new Fault('overloaded', `All clusters for the model "${model.name}" are busy.`, { retryAfterMs: 2_000 })
    }
    return cluster
  }

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
      choose(model)
      return model
    },
    generate: (model, request, signal) =>
      choose(model).generate(model.serves, request, model.firstTokenTimeoutMs, signal),
    async close() {
      clearInterval(discovery)
      await agent.destroy()
    },
  }
}
