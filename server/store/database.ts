import { setTimeout as wait } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Log } from '#kit'
import type { Schema } from './schema.ts'

export interface DatabaseOptions {
  /** `postgres://…`, or the parts of it; a `host` that starts with `/` is the folder of a Unix socket. */
  readonly connection: string | pg.ClientConfig
  /** Most connections this process opens. */
  readonly connections: number
  readonly log: Log
}

/**
 * One pool, spoken to in two ways: Kysely for the everyday, plain SQL for the statements a turn's speed hangs on. While the
 * database restarts, work waits for a connection instead of failing, up to eight seconds after it was last seen.
 */
export interface Database {
  readonly kysely: Kysely<Schema>
  /**
   * Runs one statement, unnamed, so that PgBouncer may hand every transaction another connection. One that has no answer
   * within `limitMs` (15 s; `unlimited`) fails, and its connection is closed; nobody knows whether it ran. For a network
   * that has gone silent says so after minutes or hours.
   */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[], limitMs?: number): Promise<Row[]>
  /** Runs `work` on one connection between BEGIN and COMMIT; anything thrown rolls back. */
  transaction<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/** How long a restart of the database is waited for; a failover of a managed one takes longer than anybody waits. */
const patienceMs = 8_000
const retryEveryMs = 100
/** Far longer than any statement takes that somebody waits for. */
const usualLimitMs = 15_000
/** The limit of a statement that may take its time. */
export const unlimited = 0

export function createDatabase(options: DatabaseOptions): Database {
  const connection =
    typeof options.connection === 'string' ? { connectionString: options.connection } : options.connection
  const pool = new pg.Pool({
    ...connection,
    max: options.connections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'parley',
  })
  // An idle connection that breaks is replaced by the pool; without a listener its error would end the process.
  pool.on('error', error => {
    options.log.warn({ reason: errorCode(error) }, 'a database connection broke')
  })
  // One that breaks in its user's hands tells them by the statement that fails, and everybody else by this event.
  pool.on('connect', client => client.on('error', () => {}))
  let seen = false
  let awaySince: number | undefined

  async function connect(): Promise<pg.PoolClient> {
    for (;;) {
      try {
        const client = await pool.connect()
        seen = true
        awaySince = undefined
        return client
      } catch (error) {
        awaySince ??= performance.now()
        // One that was never seen is more likely a mistake in its address.
        if (!seen || !isAway(error) || performance.now() - awaySince > patienceMs) throw error
        await wait(retryEveryMs)
      }
    }
  }

  return {
    kysely: new Kysely<Schema>({
      dialect: new PostgresDialect({ pool: { connect, end: () => pool.end(), options: {} } }),
    }),
    async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = [], limitMs = usualLimitMs) {
      const client = await connect()
      try {
        const statement = { text: sql, values: [...values], query_timeout: limitMs }
        const { rows } = await client.query<Row>(statement)
        client.release()
        return rows
      } catch (error) {
        client.release(isBroken(error))
        throw error
      }
    },
    async transaction(work) {
      const client = await connect()
      let broken = true
      try {
        await client.query('BEGIN')
        const result = await work(client)
        await client.query('COMMIT')
        broken = false
        return result
      } catch (error) {
        broken = await client.query('ROLLBACK').then(
          () => false,
          () => true,
        )
        throw error
      } finally {
        client.release(broken)
      }
    },
    close: () => pool.end(),
  }
}

/** The code of a failed query or connection (`57P01`, `ECONNREFUSED`), the only part of such an error fit for a log. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown'
}

/** The database cannot be reached, or is about to start or to end. */
const isAway = (error: unknown) => awayCodes.has(errorCode(error))

const awayCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ENETUNREACH', 'EHOSTUNREACH'],
  ...['EAI_AGAIN', 'ENOTFOUND'], // names of containers that restart
  ...['57P01', '57P02', '57P03', '08006'],
])

/** The connection is no more: whether its last statement ran nobody knows. pg gives some of these no code. */
export const isBroken = (error: unknown) =>
  isAway(error) ||
  (error instanceof Error && /^Connection terminated|is not queryable$|^Query read timeout/.test(error.message))
