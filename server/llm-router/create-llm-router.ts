import { setTimeout as wait } from 'node:timers/promises'
import { Agent } from 'undici'
import { type Clock, Fault, type Log } from '#kit'
import type { Model } from '#protocol'
import { createCapacityPart } from './capacity-part.ts'
import { type Cluster, type ClusterOptions, createCluster, type Steering } from './cluster.ts'
import { createClusterSet } from './cluster-set.ts'
import { type ClusterState, stateOf } from './cluster-state.ts'
import type { RequestClass } from './decide/admission-line.ts'
import type { QueueTicket } from './decide/admission-queue.ts'
import type { ClusterLoad } from './decide/cluster-load.ts'
import { createPromptHasher } from './decide/hash-prompt.ts'
import { createOutputLengths } from './decide/output-lengths.ts'
import { createPolicy, type PolicyName } from './decide/policies.ts'
import { createPool } from './decide/pool.ts'
import { createRetryBudget } from './decide/retry-budget.ts'
import { continuationOf } from './engines.ts'
import { failOver } from './fail-over.ts'
import type { GenerationRequest, ReadPace, TakeBatch } from './generation-event.ts'
import { createKeptConnections } from './kept-connections.ts'
import { createModelTable, type ModelOptions, type ModelTable, type ResolvedModel } from './model-table.ts'
import { unavailable } from './send-in-turn.ts'
import { createWaitingLine } from './waiting-line.ts'

/** Who asks for a generation, as far as the line has to know. */
export interface Asking {
  readonly userId: string
  readonly class: RequestClass
  /** By a guess, those that no cluster has seen before: of what is new. */
  readonly promptTokens: number
}

/** A place in the line. */
export interface Ticket {
  readonly model: ResolvedModel
  /** For the router itself. */
  readonly place: QueueTicket
  /** Gives it back; what is generated on it goes on. To be called at the end, however often. */
  release(): void
}

/** A cluster with what is under way there. */
export type LoadedCluster = Pick<Cluster, 'name' | 'url' | 'capacity'> & {
  readonly load: Pick<ClusterLoad, 'own' | 'others' | 'heard' | 'unanswered' | 'streaming'>
}

export interface LlmRouter {
  /** The names users may pick. */
  models(): Model[]
  /** The name for a conversation that picks none. Throws `model_unavailable` while no cluster is known. */
  defaultModel(): string
  /** Makes a name definite. Throws `model_not_found`. */
  resolve(name: string): ResolvedModel
  /**
   * A place in the line for one generation; touches no network. Throws `model_not_found`, `model_unavailable` (no cluster
   * serves it now) or `overloaded` (its first words are predicted to come too late).
   */
  admit(name: string, asking: Asking): Ticket
  /**
   * The same for what was accepted before: it waits as long as it has to, and up to 15 s for a cluster that knows the
   * model. Throws `model_not_found`, and the signal's reason.
   */
  admitAnyway(name: string, asking: Asking, signal: AbortSignal): Promise<Ticket>
  /**
   * Streams an answer into `take`, in batches, and resolves at its end; see GenerationEvent for their order. It waits in
   * line until a cluster has room. A cluster that fails is replaced by the next, behind its first text only once and
   * where that goes unnoticed. Aborting leaves the line, or ends the generation on the cluster, too, at once, and throws the signal's reason. Throws
   * `model_unavailable`, `overloaded` and `generation_failed`. A ticket is good for one generation after another. Without
   * a pace, what a cluster says is read as soon as it is there.
   */
  generate(
    ticket: Ticket,
    request: GenerationRequest,
    take: TakeBatch,
    signal: AbortSignal,
    pace?: ReadPace,
  ): Promise<void>
  /** Generations that wait in line. */
  readonly waiting: number
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
/** How long, and how often, a model that was known when a turn was accepted is looked for. */
const longestUnknownMs = 15_000
const resolveEveryMs = 250

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
  const servingName = (model: string) =>
    set.serving.filter(cluster => cluster.state === 'enabled' && cluster.models().includes(model))
  const serving = (model: ResolvedModel, request?: GenerationRequest) =>
    servingName(model.serves).filter(cluster => request === undefined || mayServe(cluster, request))
  const line = createWaitingLine({ servingName, prior: () => pool.prior, clock })
  const choosing = {
    line,
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

  const askerOf = (model: ResolvedModel, asking: Asking) => ({
    ...asking,
    model: model.serves,
    outputTokens: choosing.lengths.expected(model.serves),
  })
  const ticketOf = (model: ResolvedModel, place: QueueTicket): Ticket => ({
    model,
    place,
    release: () => line.release(place),
  })

  /** Clusters that were not asked yet may know it. */
  async function resolveIn(name: string, patienceMs: number, signal: AbortSignal): Promise<ResolvedModel> {
    for (let waitedMs = 0; ; waitedMs += resolveEveryMs) {
      try {
        return table.resolve(name)
      } catch (error) {
        if (waitedMs >= patienceMs) throw error
      }
      await wait(resolveEveryMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }

  return {
    models: () => table.list(),
    defaultModel() {
      const name = table.defaultName()
      if (name !== undefined) return name
      throw new Fault('model_unavailable', 'No model is available right now.', { retryAfterMs: 5_000 })
    },
    resolve: name => table.resolve(name),
    admit(name, asking) {
      const model = table.resolve(name)
      if (serving(model).length === 0) throw unavailable(model)
      return ticketOf(model, line.admit(askerOf(model, asking), name))
    },
    async admitAnyway(name, asking, signal) {
      const model = await resolveIn(name, longestUnknownMs, signal)
      return ticketOf(model, line.admitAnyway(askerOf(model, asking)))
    },
    generate({ model, place: ticket }, request, take, signal, pace) {
      const deps = { ...choosing, pool, policy: setup.policy, serving }
      return failOver(deps, { model, ticket, request, take, pace, signal })
    },
    get waiting() {
      return line.length
    },
    clusters: () => set.all.map(cluster => stateOf(cluster, clock.elapsed(), line.lengthFor(cluster.models()))),
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
      line.close()
      set.close()
      connections.close()
      await agent.destroy()
    },
  }
}

const mayServe = (cluster: Cluster, { continues, seamless }: GenerationRequest) =>
  !(continues && seamless) || continuationOf(cluster.engine()) !== 'ask'
