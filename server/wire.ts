import { hostname } from 'node:os'
import { checkSecret, createAccounts, createSealer, ensureAdmin } from '#accounts'
import { type ClusterAdmin, createClusterAdmin, type FixedCluster, type LocalPort, usualPorts } from '#admin'
import { type AnswerSharing, createChat, type ReplyEvent, turnDeadlineMs } from '#chat'
import {
  createGateway,
  createGuessLimits,
  createHubMeters,
  createLimits,
  createMemoryMeters,
  createSharedMeters,
  type Meters,
  openRedisMeters,
} from '#gateway'
import type { Hub } from '#hub'
import { type Log, newId, systemClock } from '#kit'
import { createEndpointProbe, createLlmRouter, type LlmRouter } from '#llm-router'
import { createHubLoads, type LoadSharing, openRedisLoads, shareLoads } from '#load-sharing'
import { createPeerClient, createPeerServer } from '#peers'
import { answerKey, createPromptCache, createSingleFlight } from '#prompt-cache'
import { type OpenRedis, redisAt } from '#redis'
import { createSafety, type Safety } from '#safety'
import { leaseMs, openStore } from '#store'
import { createFetchedFigure, createMetrics, createReadiness, exposeTogether, type Metrics } from '#telemetry'
import type { LiveConfig } from './config/live-config.ts'
import type { Config } from './config.ts'
import { routerSetupOf } from './process/router-setup.ts'
import type { Machine } from './process/start-machine.ts'

/** The whole product, listening. */
export interface Server {
  /** Where it listens. */
  readonly url: string
  /** The models that users may pick and some cluster serves now. */
  readonly models: readonly { readonly id: string; readonly notice: string | null }[]
  /** Makes a link: whoever opens it becomes the first admin. Undefined: there is one. */
  newSetUpLink(): Promise<string | undefined>
  /** What it counts, for `sumMetrics`. */
  collectMetrics(): Promise<unknown>
  /** Answers /readyz with 503 from now on; everything else goes on. */
  announceEnd(): void
  /**
   * Takes no new work, lets running answers end within `limitMs`, and stops everything that was started. A second call
   * with less time shortens the first.
   */
  stop(limitMs: number): Promise<void>
}

/** What a process that serves finds around it. */
export interface Surroundings {
  readonly release: string
  readonly log: Log
  /** Aborts the start. */
  readonly signal: AbortSignal
  readonly machine: Machine
  /** What it shares with other workers; undefined: it serves by itself. */
  readonly hub: Hub | undefined
  /** Connections to the database that this process may open. */
  readonly connections: number
  /** Where engines of this machine are looked for; else on the usual ports. */
  readonly localPorts?: readonly LocalPort[]
}

/**
 * Puts the modules together, by telling each what it needs and nothing else. What was started is stopped again when a
 * later step fails, or when the signal aborts the start.
 */
export async function wire(configuration: LiveConfig, surroundings: Surroundings): Promise<Server> {
  const config = configuration.current
  const { release, log, signal, machine, hub, connections, localPorts = usualPorts } = surroundings
  const { secrets } = machine
  const clock = systemClock
  await using started = new AsyncDisposableStack()
  const store = await openStore({ connection: machine.connection, connections, log })
  started.defer(() => store.close())
  await checkSecret(store.directory, secrets)
  await ensureAdmin(store.directory, config.admin, newId, log)
  const setup = routerSetupOf(config, machine)
  const llmRouter = await createLlmRouter({ ...setup, clock, random: Math.random, log })
  started.defer(() => llmRouter.close())
  const clusterAdmin = await startClusterAdmin(
    { store, llmRouter, sealer: createSealer(secrets), localPorts, newId, log },
    config,
    machine,
    started,
  )
  started.defer(
    configuration.follow(() => {
      const { current } = configuration
      // In one go: where one is moved from the file to the added ones, or back, what is known of it is handed on.
      void llmRouter.configure(routerSetupOf(current, machine))
      void clusterAdmin.useFixed(fixedOf(current, machine))
    }),
  )
  signal.throwIfAborted()

  const own = createMetrics({
    release,
    runningTurns: () => chat.runningTurns,
    waitingGenerations: () => llmRouter.waiting,
    openSockets: () => gateway.openSockets(),
    unansweredTurns: createFetchedFigure(() => store.unansweredTurns(turnDeadlineMs), clock).read,
  })
  const metrics = hub === undefined ? own : { ...own, expose: exposeTogether(hub, own) }
  const redis = config.redisUrl === undefined ? undefined : redisAt(config.redisUrl, log)
  const meters = startMeters(redis, hub, log, started)
  const limits = createLimits(config.limits, meters)
  const safety = startSafety(config, secrets, metrics, log, started)
  const sharing = startSharing(config, redis, hub, log, started)
  const loadSharing = startLoadSharing(config, llmRouter, redis, hub, log, started)
  const alone = config.database === undefined && hub === undefined
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
        if (turn.tokens > 0) limits.tokensUsed(turn.userId, turn.tokens)
      },
    },
    peers,
    clock,
    log,
    newId,
    release,
    leaseMs,
    alone,
    onLive: loadSharing.live,
    mostOpenTurns: config.limits.runningTurns,
  })
  const readiness = createReadiness(store.ping, clock)
  started.defer(() => readiness.stop())

  const address = () => config.publicUrl?.origin ?? url
  const secure = config.publicUrl?.protocol === 'https:'
  const accounts = createAccounts({ store, secrets, secure, address, clock, newId, release })
  const gateway = await createGateway({
    accounts,
    chat,
    clusterAdmin,
    configurationState: configuration.state,
    safety,
    limits,
    guesses: createGuessLimits(meters),
    clock,
    readiness,
    metrics,
    metricsToken: config.metricsToken,
    pageFolder: machine.pageFolder,
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
    async newSetUpLink() {
      const token = await accounts.waysIn.newSetUpToken()
      return token === undefined ? undefined : `${address()}/setup#${token}`
    },
    collectMetrics: own.collect,
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

async function startClusterAdmin(
  deps: Omit<Parameters<typeof createClusterAdmin>[0], 'probe' | 'fixed' | 'discover'>,
  config: Config,
  machine: Machine,
  started: AsyncDisposableStack,
): Promise<ClusterAdmin> {
  const probe = createEndpointProbe({ clock: systemClock, log: deps.log })
  started.defer(() => probe.close())
  const { discover } = config
  const clusterAdmin = createClusterAdmin({ ...deps, probe, fixed: fixedOf(config, machine), discover })
  started.defer(() => clusterAdmin.stop())
  await clusterAdmin.start()
  return clusterAdmin
}

const fixedOf = ({ clusters }: Config, machine: Machine): readonly FixedCluster[] => [
  ...clusters.map(({ name, url, region }) => ({ name, url, region, source: 'file' as const })),
  ...machine.clusters.map(({ name, url, region }) => ({ name, url, region, source: 'embedded' as const })),
]

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

/** Redis is shared by all machines, the hub by the workers of this one. */
function startMeters(
  redis: OpenRedis | undefined,
  hub: Hub | undefined,
  log: Log,
  started: AsyncDisposableStack,
): Meters {
  const local = createMemoryMeters(systemClock)
  if (redis !== undefined) {
    const shared = openRedisMeters({ openLink: redis, newId })
    started.defer(() => shared.close())
    return createSharedMeters({ shared, local, log })
  }
  return hub === undefined ? local : createSharedMeters({ shared: createHubMeters(hub), local, log })
}

/** Over Redis, or with an embedded database, every process that uses the clusters is heard. */
function startLoadSharing(
  { database }: Config,
  router: LlmRouter,
  redis: OpenRedis | undefined,
  hub: Hub | undefined,
  log: Log,
  started: AsyncDisposableStack,
): LoadSharing {
  const everyone = redis !== undefined || database === undefined
  const common = { router, everyone, process: newId(), machine: hostname(), clock: systemClock, log }
  const inRedis = redis && openRedisLoads({ openLink: redis, newId })
  started.defer(() => inRedis?.close())
  const loadSharing = shareLoads({ ...common, sharedLoads: inRedis ?? (hub && createHubLoads(hub)) })
  started.defer(() => loadSharing.close())
  return loadSharing
}

function startSharing(
  { cache }: Config,
  redis: OpenRedis | undefined,
  hub: Hub | undefined,
  log: Log,
  started: AsyncDisposableStack,
): AnswerSharing | undefined {
  if (cache.scope === 'off') return undefined
  const promptCache = createPromptCache({ redis, hub, ttlMs: cache.ttlMs, clock: systemClock, log, newId })
  started.defer(() => promptCache.close())
  return {
    promptCache,
    flights: createSingleFlight<ReplyEvent>(),
    keyOf: answerKey,
    scope: cache.scope,
    maxMessages: cache.maxMessages,
  }
}
