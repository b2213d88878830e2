import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { checkSecret, createAccounts, createSealer, ensureAdmin } from '#accounts'
import { type ClusterAdmin, createClusterAdmin, type LocalPort, usualPorts } from '#admin'
import { type AnswerSharing, createChat, type ReplyEvent, turnDeadlineMs } from '#chat'
import { demoModel, findLocalModels, keptSecret, type LocalModel, startLocalModels, startPostgres } from '#embedded'
import { createGateway, createLimits } from '#gateway'
import { type Log, newId, systemClock } from '#kit'
import { createEndpointProbe, createLlmRouter, type LlmRouter, type ModelOptions } from '#llm-router'
import { createPeerClient, createPeerServer } from '#peers'
import { answerKey, createPromptCache, createSingleFlight } from '#prompt-cache'
import { createSafety, type Safety } from '#safety'
import { leaseMs, openStore, type Store } from '#store'
import { createFetchedFigure, createMetrics, createReadiness, type Metrics } from '#telemetry'
import type { Config } from './config.ts'
import { preparePage } from './prepare-page.ts'

/** The whole product, listening. */
export interface Server {
  /** Where it listens. */
  readonly url: string
  /** The models that users may pick and some cluster serves now. */
  readonly models: readonly { readonly id: string; readonly notice: string | null }[]
  /** Whoever opens it becomes the first admin; undefined: there is one. */
  readonly setUpLink: string | undefined
  /** Resolves with the reason when the server cannot go on: its database is gone for good. */
  readonly failed: Promise<Error>
  /** Answers /readyz with 503 from now on; everything else goes on. */
  announceEnd(): void
  /**
   * Takes no new work, lets running answers end within `limitMs`, and stops everything that was started. A second call
   * with less time shortens the first.
   */
  stop(limitMs: number): Promise<void>
}

/** Connections to the database that one process may open. */
const databaseConnections = 20

/**
 * Puts the modules together, by telling each what it needs and nothing else. What was started is stopped again when a
 * later step fails, or when `signal` aborts the start. Engines of this machine are looked for on `localPorts`.
 */
export async function wire(
  config: Config,
  release: string,
  log: Log,
  signal: AbortSignal,
  localPorts: readonly LocalPort[] = usualPorts,
): Promise<Server> {
  const clock = systemClock
  const failed = Promise.withResolvers<Error>()
  await using started = new AsyncDisposableStack()
  await mkdir(config.dataFolder, { recursive: true })

  // Models load and the page is built while the database starts; none needs the others.
  const [store, local, pageFolder] = await all(
    startStore(config, log, signal, started, failed.resolve),
    startModels(config, log, signal, started),
    preparePage(log, signal),
  )
  const secrets = await secretsOf(config)
  await checkSecret(store.directory, secrets)
  await ensureAdmin(store.directory, config.admin, newId, log)
  const llmRouter = await startRouter(config, local, log)
  started.defer(() => llmRouter.close())
  const clusterAdmin = await startClusterAdmin(
    { store, llmRouter, sealer: createSealer(secrets), localPorts, newId, log },
    config,
    local,
    started,
  )
  signal.throwIfAborted()

  const metrics = createMetrics({
    release,
    runningTurns: () => chat.runningTurns,
    openSockets: () => gateway.openSockets(),
    unansweredTurns: createFetchedFigure(() => store.unansweredTurns(turnDeadlineMs), clock).read,
  })
  const limits = createLimits(config.limits, clock)
  const safety = startSafety(config, secrets, metrics, log, started)
  const sharing = startSharing(config, log, started)
  const alone = config.database === undefined
  const peers = createPeerClient(secrets, clock.now)
  started.defer(() => peers.close())
  const chat = createChat({
    store,
    llmRouter,
    safety,
    sharing,
    metrics: {
      turnEnded(turn) {
        metrics.turnEnded(turn)
        const { usage } = turn.answer
        if (usage !== undefined && !turn.cached) limits.tokensUsed(turn.userId, usage.inputTokens + usage.outputTokens)
      },
    },
    peers,
    clock,
    log,
    newId,
    release,
    leaseMs,
    alone,
    mostOpenTurns: config.limits.runningTurns,
  })
  const readiness = createReadiness(store.ping, clock)
  started.defer(() => readiness.stop())

  const address = () => config.publicUrl?.origin ?? url
  const secure = config.publicUrl?.protocol === 'https:'
  const accounts = createAccounts({ store, secrets, secure, address, clock, newId, release })
  const setUpToken = await accounts.waysIn.newSetUpToken()
  const gateway = await createGateway({
    accounts,
    chat,
    clusterAdmin,
    safety,
    limits,
    clock,
    readiness,
    metrics,
    metricsToken: config.metricsToken,
    pageFolder,
    publicUrl: config.publicUrl,
    ...config.server,
    log,
    newId,
    release,
  })
  started.defer(() => gateway.close())
  const peerServer = createPeerServer({ chat: chat.forPeers, secrets, now: clock.now, log })
  started.defer(() => peerServer.close())
  await chat.start(await peerServer.listen(config.host))
  const url = await gateway.listen(config.host, config.port).catch(async error => {
    await chat.drain(0)
    throw error
  })

  const parts = started.move()
  let disposed: Promise<void> | undefined
  return {
    url,
    models: llmRouter.models().filter(({ available }) => available),
    setUpLink: setUpToken === undefined ? undefined : `${address()}/setup#${setUpToken}`,
    failed: failed.promise,
    announceEnd: readiness.drain,
    async stop(limitMs) {
      readiness.drain()
      gateway.drain()
      await chat.drain(limitMs)
      // Disposing twice does not wait for the first time, and the process ends with whichever call is done.
      disposed ??= parts.disposeAsync()
      await disposed
    },
  }
}

/** All results; when one fails, only after the others have settled, so that nothing is started behind a failed start. */
async function all<Results extends unknown[]>(...works: { [Index in keyof Results]: Promise<Results[Index]> }) {
  await Promise.allSettled(works)
  return Promise.all<Results>(works as never)
}

/** Connects to the operator's database, or starts the embedded one. */
async function startStore(
  { database, dataFolder }: Config,
  log: Log,
  signal: AbortSignal,
  started: AsyncDisposableStack,
  onFailed: (reason: Error) => void,
): Promise<Store> {
  let connection: Parameters<typeof openStore>[0]['connection']
  if (database === undefined) {
    const postgres = await startPostgres({ folder: join(dataFolder, 'postgres'), log, signal })
    started.defer(() => postgres.stop())
    void postgres.exited.then(reason => reason && onFailed(reason))
    connection = postgres.connection
  } else {
    connection = database.url
  }
  const store = await openStore({ connection, connections: databaseConnections, log })
  started.defer(() => store.close())
  return store
}

interface RunningModels {
  readonly models: readonly LocalModel[]
  readonly clusters: Parameters<typeof createLlmRouter>[0]['clusters']
}

/** Runs the models of this machine: those the operator names or put into the data folder, else the demo. */
async function startModels(
  config: Config,
  log: Log,
  signal: AbortSignal,
  started: AsyncDisposableStack,
): Promise<RunningModels> {
  const named = [...config.models].flatMap(([name, model]) =>
    model.kind === 'local' ? [{ ...model, name, file: model.gguf }] : [],
  )
  const found = (await findLocalModels(join(config.dataFolder, 'models'))).filter(
    ({ name }) => !config.models.has(name),
  )
  const own = [...named, ...found]
  const models = own.length > 0 || config.clusters.length > 0 ? own : [demoModel]
  const running = await startLocalModels(models, log, signal)
  for (const model of running) started.defer(() => model.stop())
  return {
    models,
    clusters: running.map(({ name, url, apiKey }) => ({
      name: `embedded/${name}`,
      url,
      apiKey,
      models: undefined,
      capacity: undefined,
      engine: undefined,
    })),
  }
}

function startRouter(config: Config, local: RunningModels, log: Log): Promise<LlmRouter> {
  const aliases = [...config.models].flatMap(([name, model]): [string, ModelOptions][] =>
    model.kind === 'served' ? [[name, { ...model, notice: undefined }]] : [],
  )
  const here = local.models.map(({ name, temperature, notice, demo }): [string, ModelOptions] => [
    name,
    {
      serves: name,
      contextTokens: undefined,
      firstTokenTimeoutMs: undefined,
      temperature,
      notice,
      demo: demo ?? false,
    },
  ])
  return createLlmRouter({
    clusters: [...config.clusters, ...local.clusters],
    models: new Map([...aliases, ...here]),
    defaultModel: config.defaultModel,
    clock: systemClock,
    random: Math.random,
    log,
  })
}

async function startClusterAdmin(
  deps: Omit<Parameters<typeof createClusterAdmin>[0], 'probe' | 'fixed' | 'discover'>,
  { clusters, discover }: Config,
  local: RunningModels,
  started: AsyncDisposableStack,
): Promise<ClusterAdmin> {
  const probe = createEndpointProbe({ clock: systemClock, log: deps.log })
  started.defer(() => probe.close())
  const fixed = [
    ...clusters.map(({ name, url }) => ({ name, url, source: 'file' as const })),
    ...local.clusters.map(({ name, url }) => ({ name, url, source: 'embedded' as const })),
  ]
  const clusterAdmin = createClusterAdmin({ ...deps, probe, fixed, discover })
  started.defer(() => clusterAdmin.stop())
  await clusterAdmin.start()
  return clusterAdmin
}

/** What this server knows and nobody may be told: an answer that holds one of these is refused. */
function startSafety(
  config: Config,
  secrets: readonly string[],
  metrics: Metrics,
  log: Log,
  started: AsyncDisposableStack,
): Safety {
  const keys = [...config.clusters, ...config.plugins].map(({ apiKey }) => apiKey)
  const known = [...secrets, ...keys, config.safety.guard?.apiKey, config.admin?.key, config.metricsToken]
  const safety = createSafety({
    ...config.safety,
    secrets: known.filter(secret => secret !== undefined),
    metrics,
    clock: systemClock,
    log,
  })
  started.defer(() => safety.close())
  return safety
}

function startSharing({ cache, redisUrl }: Config, log: Log, started: AsyncDisposableStack): AnswerSharing | undefined {
  if (cache.scope === 'off') return undefined
  const promptCache = createPromptCache({ redisUrl, ttlMs: cache.ttlMs, clock: systemClock, log, newId })
  started.defer(() => promptCache.close())
  return {
    promptCache,
    flights: createSingleFlight<ReplyEvent>(),
    keyOf: answerKey,
    scope: cache.scope,
    maxMessages: cache.maxMessages,
  }
}

const secretsOf = async ({ secrets, dataFolder }: Config) =>
  secrets.length > 0 ? secrets : [await keptSecret(dataFolder)]
