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

/** One pool, spoken to in two ways: Kysely for the everyday, plain SQL for the statements a turn's speed hangs on. */
export interface Database {
  readonly kysely: Kysely<Schema>
  /** Runs one statement, unnamed, so that PgBouncer may hand every transaction another connection. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Runs `work` on one connection between BEGIN and COMMIT; anything thrown rolls back. */
  transaction<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

export function createDatabase(options: DatabaseOptions): Database {
  const connection =
    typeof options.connection === 'string' ? { connectionString: options.connection } : options.connection
  const pool = new pg.Pool({
    ...connection,
    max: options.connections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'parley',
  })
  // An idle connection that breaks is replaced by the pool; without a listener its error would end the process.
  pool.on('error', error => {
    options.log.warn({ reason: errorCode(error) }, 'a database connection broke')
  })
  return {
    kysely: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }),
    async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) {
      return (await pool.query<Row>(sql, [...values])).rows
    },
    async transaction(work) {
      const client = await pool.connect()
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
