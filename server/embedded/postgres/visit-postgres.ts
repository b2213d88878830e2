import { realpath, stat } from 'node:fs/promises'
import pg from 'pg'
import type { Address } from './bring-up.ts'
import { productName } from './ensure-database.ts'
import { fitsSocket, type Layout, layoutOf, readPassword, socketNumber } from './layout.ts'
import { findPostmaster } from './postmaster-file.ts'
import { asStartError, StartError, systemCode } from './start-error.ts'
import { type PostgresConnection, type PostgresOptions, startPostgres } from './start-postgres.ts'

/** A Postgres that is there for as long as the visit lasts. */
export interface PostgresVisit {
  readonly connection: PostgresConnection
  /** Stops the Postgres where this visit started it; one that ran before runs on. */
  close(): Promise<void>
}

/**
 * The Postgres of a data folder, for a command that looks into it beside a server that may run. One that runs is only
 * connected to, and whoever holds the folder goes on holding it. Where none runs it is started, and until the visit ends
 * no server can be. Never makes a database: rejects with a `StartError` where the folder holds none.
 */
export async function visitPostgres(options: PostgresOptions): Promise<PostgresVisit> {
  const running = await findRunning(options.folder)
  if (running !== undefined) return { connection: withNames(running), close: async () => {} }
  const postgres = await startPostgres(options)
  return { connection: postgres.connection, close: () => postgres.stop() }
}

async function findRunning(folder: string): Promise<Address | undefined> {
  const layout = await findLayout(folder)
  try {
    if (fitsSocket(layout, process.platform)) return await answering({ host: layout.socket, port: socketNumber })
    // By now the port may be anybody's, unless a Postgres of ours holds it.
    const postmaster = await findPostmaster(layout.cluster)
    if (postmaster === undefined) return undefined
    return await answering({ host: '127.0.0.1', port: postmaster.port, password: await readPassword(layout) })
  } catch (error) {
    throw asStartError(error, folder)
  }
}

async function findLayout(folder: string): Promise<Layout> {
  try {
    const layout = layoutOf(await realpath(folder))
    await stat(layout.cluster)
    return layout
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(systemCode(error))) throw asStartError(error, folder)
    throw new StartError('failed', `There is no database in "${folder}". Check PARLEY_DATA.`, error)
  }
}

/** The address, if a Postgres answers there. */
async function answering(address: Address): Promise<Address | undefined> {
  const client = new pg.Client({ ...withNames(address), connectionTimeoutMillis: 5_000 })
  client.on('error', () => {}) // it was asked for nothing
  try {
    await client.connect()
    await client.end()
    return address
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED'].includes(systemCode(error))) return undefined
    throw error
  }
}

const withNames = (address: Address): PostgresConnection => ({ ...address, user: productName, database: productName })
