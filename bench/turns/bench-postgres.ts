import { join } from 'node:path'
import pg from 'pg'
import { type PostgresConnection, startPostgres } from '../../server/embedded/index.ts'
import { findPostmaster } from '../../server/embedded/postgres/postmaster-file.ts'
import { scratchFolder } from '../parley-server.ts'
import type { Started } from '../run-bench.ts'

/** The Postgres that both sides write to, one after the other: the embedded one, with the product's settings. */
export interface BenchPostgres {
  /** Of the product's role, to the product's database. */
  readonly connection: PostgresConnection
  /** The same as `DATABASE_URL`. */
  readonly url: string
  /** The postmaster's. */
  readonly pid: number
  readonly logFolder: string
  /** Past the product's role, which may not make databases; to a database that neither side writes to. */
  readonly superuser: pg.Client
  /** Another such connection. */
  connect(database: string): Promise<pg.Client>
}

export async function bringUpPostgres(started: Started): Promise<BenchPostgres> {
  const folder = join(await scratchFolder(started), 'postgres')
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const ending = new AbortController()
  const starting = startPostgres({ folder, log: quiet, signal: ending.signal })
  started.defer(async () => {
    ending.abort()
    const postgres = await starting.catch(() => undefined)
    await postgres?.stop()
  })
  const { connection } = await starting
  const pid = (await findPostmaster(join(folder, 'cluster')))?.pid
  if (pid === undefined) throw new Error('Postgres does not run')
  const connect = async (database: string) => {
    const client = new pg.Client({ ...connection, user: 'postgres', database })
    client.on('error', () => {}) // the next query tells
    await client.connect()
    started.defer(() => client.end())
    return client
  }
  const { user, password = '', host, port, database } = connection
  return {
    connection,
    url: `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`,
    pid,
    logFolder: join(folder, 'log'),
    superuser: await connect('postgres'),
    connect,
  }
}
