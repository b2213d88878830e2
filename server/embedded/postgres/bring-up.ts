import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Clock, Log } from '#kit'
import type { Binaries } from './binaries.ts'
import { superuser } from './create-cluster.ts'
import { type Launched, launchPostmaster } from './launch-postmaster.ts'
import { type Layout, type Reach, socketNumber } from './layout.ts'
import { disownLockFiles, findPostmaster } from './postmaster-file.ts'
import type { Runner } from './run-as.ts'
import { explainOutput, StartError, systemCode } from './start-error.ts'

export interface BringUpOptions {
  readonly layout: Layout
  readonly reach: Reach
  /** For `reach` by a port. */
  readonly password: string | undefined
  readonly binaries: Binaries
  readonly runner: Runner
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Where clients connect, in the words of `pg`. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly password?: string
}

/** The connection on which this process holds the folder. */
export interface Connection {
  readonly client: pg.Client
  readonly address: Address
  /** Resolves when the connection has ended, for whatever reason. */
  readonly gone: Promise<void>
  /** True when Postgres ran already and was not started by this call. */
  readonly adopted: boolean
}

/**
 * Connects to the Postgres of this folder; starts it first when none runs.
 *
 * One that runs, left by a killed Parley or just started by another, is connected to. One that says it is starting or
 * stopping is waited for as long as it says so, since recovery after a crash takes as long as it takes; one that says
 * nothing for 30 s is an error. A stopping one is started again when it is gone. On a fault or an abort, a Postgres
 * started here is ended.
 */
export async function bringUp(options: BringUpOptions): Promise<Connection> {
  const { layout, binaries, runner, clock, signal } = options
  let launched: Launched | undefined
  let deadline = clock.elapsed() + silenceMs
  try {
    for (;;) {
      signal.throwIfAborted()
      const address = await findAddress(options)
      const answer = address ? await knock(address) : 'closed'
      if (typeof answer === 'object' && address) return { ...answer, address, adopted: launched === undefined }
      if (answer === 'busy') deadline = clock.elapsed() + silenceMs
      const output = launched?.output()
      if (output !== undefined) {
        // It lost to another start, or processes of a Postgres that died are still leaving.
        if (!/lock file .* (already exists|is empty)|is still in use/.test(output)) throw explain(output, options)
        launched = undefined
        await delay(retryMs, undefined, { signal })
      } else if (answer === 'closed' && launched === undefined && !(await findPostmaster(layout.cluster))) {
        await disownLockFiles(layout)
        launched = await launchPostmaster(layout, options.reach, binaries, runner)
      }
      if (clock.elapsed() > deadline) throw await silent(options)
      await delay(pollMs, undefined, { signal })
    }
  } catch (error) {
    await launched?.end()
    throw error
  }
}

const silenceMs = 30_000
const retryMs = 200
const pollMs = 10

/**
 * The socket is tried even when no process is seen: a Postgres in another container that shares the folder answers on it.
 * A port is only tried when a Postgres of ours holds it, for by now it may be anybody's.
 */
async function findAddress({ layout, reach, password }: BringUpOptions): Promise<Address | undefined> {
  if (reach.kind === 'socket') return { host: layout.socket, port: socketNumber }
  const running = await findPostmaster(layout.cluster)
  return running?.port && password ? { host: '127.0.0.1', port: running.port, password } : undefined
}

/** `closed`: nothing listens. `busy`: Postgres is there and asks for patience. `silent`: something, but no answer. */
type Answer = Pick<Connection, 'client' | 'gone'> | 'closed' | 'busy' | 'silent'

/** The database `postgres` is always there and stays while `parley` is restored or replaced, and so does the lock. */
async function knock(address: Address): Promise<Answer> {
  const client = new pg.Client({
    ...address,
    user: superuser,
    database: 'postgres',
    application_name: `parley ${process.pid}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  // The end of the connection is what is watched; without a listener its error would end the process.
  client.on('error', () => {})
  const gone = new Promise<void>(resolve => client.once('end', () => resolve()))
  try {
    await client.connect()
    return { client, gone }
  } catch (error) {
    const answer = answers.get(systemCode(error))
    if (answer === undefined) throw error
    return answer
  }
}

const answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['ENOENT', 'closed'],
  ['ECONNREFUSED', 'closed'],
  ['57P03', 'busy'],
  ['57P01', 'busy'],
  ['57P02', 'busy'],
  ['53300', 'busy'],
  ['ECONNRESET', 'silent'],
  ['EPIPE', 'silent'],
  // "Connection terminated unexpectedly" and "timeout expired" of `pg` carry no code.
  ['', 'silent'],
])

function explain(output: string, options: BringUpOptions): StartError {
  if (/data directory .* does not exist|is not a database cluster directory/.test(output)) {
    return new StartError('failed', `The data folder "${options.layout.cluster}" has vanished. Bring it back.`)
  }
  return explainOutput('postgres', output, options.layout.folder)
}

async function silent({ layout }: BringUpOptions): Promise<StartError> {
  const running = await findPostmaster(layout.cluster)
  const who = running ? ` (process ${running.pid}; "kill -INT ${running.pid}" ends it)` : ''
  return new StartError(
    'failed',
    `The Postgres of "${layout.cluster}" does not answer${who}. Its log is in "${layout.log}".`,
  )
}
