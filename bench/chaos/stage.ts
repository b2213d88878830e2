import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../server/embedded/free-port.ts'
import { unlimited } from '../parley-server.ts'
import { progress, type Started } from '../run-bench.ts'
import { startWorker, type WorkerProcess } from '../worker-process.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import { type ChaosPostgres, startChaosPostgres } from './chaos-postgres.ts'
import { type ChaosRedis, startChaosRedis } from './chaos-redis.ts'
import { type Replica, startReplica } from './replica.ts'
import type { ClusterAnswer, ClusterQuestion } from './stand-in-cluster.ts'

/** Everything a run needs, running: real processes, each of which can be hurt alone. */
export interface Stage {
  /** Holds the histories and the servers' logs. Removed at the end, unless `keep` was called. */
  readonly folder: string
  keep(): void
  readonly postgres: ChaosPostgres
  /** Undefined: there is none here, or it is not wanted. */
  readonly redis: ChaosRedis | undefined
  readonly clusters: readonly StandInCluster[]
  readonly replicas: readonly Replica[]
  readonly balancer: Balancer
  /** A key of each user. */
  readonly keys: readonly string[]
}

export interface StandInCluster {
  readonly name: string
  readonly url: string
  ask(question: ClusterQuestion): Promise<ClusterAnswer>
  /** `kill -9`. */
  kill(): Promise<void>
  /** At the same address. */
  start(): Promise<void>
}

export interface StageOptions {
  readonly replicas: number
  /** So many clients at once, half of them with a WebSocket of their own. */
  readonly streams: number
  readonly redis: boolean
  /** Whose server the replicas are; undefined: this one. */
  readonly checkout?: string
}

export const thisCheckout = fileURLToPath(new URL('../..', import.meta.url))

export const sharedSecret = 'the-secret-that-all-replicas-share'

/** A user may have 20 sockets, and one that was cut may not have been missed yet. */
const socketsPerUser = 5

export async function setStage(started: Started, options: StageOptions): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-chaos-'))
  let kept = false
  started.defer(async () => {
    if (!kept) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  progress('starting Postgres, Redis and two stand-in clusters')
  const postgres = await startChaosPostgres(started, folder)
  const redis = options.redis ? await startChaosRedis(started, folder) : undefined
  if (options.redis && redis === undefined) progress('There is no redis-server on this machine: without Redis.')
  const clusters = [await startCluster(started, 'east'), await startCluster(started, 'west')]
  progress(`starting ${options.replicas} replicas`)
  const env = {
    PARLEY_SECRET: sharedSecret,
    ...(redis !== undefined && { REDIS_URL: redis.url }),
  }
  const replicas: Replica[] = []
  for (let number = 1; number <= options.replicas; number++) {
    const name = `replica-${number}`
    const checkout = options.checkout ?? thisCheckout
    const place = { name, port: await freePort(), folder: join(folder, name), checkout }
    const replica = await startReplica(started, { ...place, yaml: configuration(clusters), env, postgres })
    await replica.ready()
    if (number === 1) await postgres.watchOwners(name)
    replicas.push(replica)
  }
  const balancer = await startBalancer(
    started,
    replicas.map(({ port }) => port),
  )
  const keys = await postgres.makeUsers(Math.ceil(options.streams / 2 / socketsPerUser))
  const keep = () => {
    kept = true
  }
  return { folder, keep, postgres, redis, clusters, replicas, balancer, keys }
}

async function startCluster(started: Started, name: string): Promise<StandInCluster> {
  const port = await freePort()
  let worker: WorkerProcess | undefined
  const ask = (question: ClusterQuestion) => {
    if (worker === undefined) throw new Error(`the cluster ${name} was killed`)
    return worker.ask<ClusterAnswer>(question)
  }
  const cluster: StandInCluster = {
    name,
    url: `http://127.0.0.1:${port}/v1`,
    ask,
    async kill() {
      await worker?.stop()
      worker = undefined
    },
    async start() {
      worker = startWorker(started, new URL('stand-in-cluster.ts', import.meta.url))
      await ask({ do: 'listen', port })
    },
  }
  await cluster.start()
  return cluster
}

/** No cache, since no two prompts are equal, and none of the machine's own engines. */
function configuration(clusters: readonly StandInCluster[]): string {
  const lines = clusters.map(({ name, url }) => `  - { name: ${name}, url: ${url} }\n`)
  return `clusters:\n${lines.join('')}discover: off\ncache: { scope: off }\n${unlimited}`
}

/** A folder for something of the run, beside the replicas'. */
export async function folderOf(stage: Stage, name: string): Promise<string> {
  const folder = join(stage.folder, name)
  await mkdir(folder, { recursive: true })
  return folder
}
