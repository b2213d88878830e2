import { readdir, readFile } from 'node:fs/promises'
import { createTestDatabase, type TestDatabase } from '../database.ts'
import { inspected, openHeap } from '../heap.ts'
import { adminKey, atEnd, type RunningServer, type Scope, startServer, until } from '../server.ts'
import { type EchoCluster, startEchoCluster } from './echo-cluster.ts'
import { makeWorld, strangersText } from './fuzz-world.ts'
import type { World } from './hostile-input.ts'

/** A server to be fuzzed, and what must not happen to it. */
export interface FuzzedServer {
  readonly server: RunningServer
  readonly port: number
  readonly database: TestDatabase
  readonly world: World
  /** Texts that no answer may hold. */
  readonly secrets: readonly string[]
  /** Its log lines that tell of a bug. */
  readonly bugs: readonly string[]
  /** Resolves once no turn runs and no transaction is open. */
  atRest(): Promise<void>
  /** Bytes that it holds more than at first, after a garbage collection: as JavaScript counts them, and as Linux does. */
  growth(): Promise<{ readonly heap: number; readonly resident: number }>
  /** Its open files and sockets. */
  openFiles(): Promise<number>
}

const clusterKey = 'canary-of-a-cluster'
const secret = 'canary-of-the-secret-of-this-instance'

/** Starts a server without limits before a healthy cluster, and fills it with what the fuzz works on. */
export async function startFuzzedServer(scope: Scope): Promise<FuzzedServer> {
  const database = await createTestDatabase()
  atEnd(scope, database.drop)
  const cluster = await startEchoCluster(scope, clusterKey)
  const server = await startServer(scope, {
    command: inspected,
    env: { DATABASE_URL: database.url, PARLEY_SECRET: secret },
    yaml: cluster.yaml,
  })
  const world = await makeWorld(server, database)
  const heap = await openHeap(server)
  atEnd(scope, heap.close)
  const heapBefore = await heap.used()
  const residentBefore = await residentBytes(server.pid)
  return {
    server,
    port: Number(new URL(server.url).port),
    database,
    world,
    secrets: [adminKey, clusterKey, secret, strangersText],
    get bugs() {
      return server.stderr.split('\n').filter(line => /by a bug|a bug ended|"level":"(error|fatal)"|^\s+at /.test(line))
    },
    atRest: () => untilAtRest(database, cluster),
    growth: async () => ({
      heap: (await heap.used()) - heapBefore,
      resident: (await residentBytes(server.pid)) - residentBefore,
    }),
    openFiles: async () => (await readdir(`/proc/${server.pid}/fd`)).length,
  }
}

async function untilAtRest(database: TestDatabase, cluster: EchoCluster): Promise<void> {
  const count = async (what: string) => (await database.query(`SELECT 1 FROM ${what}`)).length
  await until(
    'no turn runs',
    async () => cluster.open === 0 && (await count("turns WHERE status IN ('queued', 'running')")) === 0,
  )
  const transactions = "pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
  await until('no transaction is open', async () => (await count(transactions)) === 0)
}

/** The memory that a process holds, as Linux counts it; elsewhere none. */
async function residentBytes(pid: number): Promise<number> {
  if (process.platform !== 'linux') return 0
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1_024
}
