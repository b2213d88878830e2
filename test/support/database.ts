import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Log } from '#kit'
import { openStore, type Store } from '#store'

/** A log for tests that look at behaviour alone. */
export const quietLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

export interface TestDatabase {
  readonly connection: pg.ClientConfig
  /** As a `DATABASE_URL`. */
  readonly url: string
  /** Runs one statement, past every face of the product: for planting and inspecting. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
  drop(): Promise<void>
}

/** A fresh, empty database in the Postgres that the run's set-up started. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = serverConnection()
  const database = `test_${randomUUID().replaceAll('-', '')}`
  await once(server, `CREATE DATABASE ${database} OWNER ${server.user}`)
  const connection = { ...server, database }
  const pool = new pg.Pool({ ...connection, max: 2 })
  pool.on('error', () => {}) // a drop cuts what `end` has not closed yet
  return {
    connection,
    url: `postgres://${server.user}:${encodeURIComponent(server.password ?? '')}@${encodeURIComponent(server.host)}:${server.port}/${database}`,
    query: async (sql, values) => (await pool.query(sql, values)).rows,
    async drop() {
      await pool.end()
      await once(server, `DROP DATABASE ${database} WITH (FORCE)`)
    },
  }
}

/** A store on a fresh database, and a user in it. */
export async function createTestStore(): Promise<{ store: Store; userId: string; database: TestDatabase }> {
  const database = await createTestDatabase()
  const store = await openStore({ connection: database.connection, connections: 20, log: quietLog })
  const userId = await store.directory.createAdmin({ name: 'Ada', email: 'ada@example.com', passwordHash: null })
  return { store, userId, database }
}

interface ServerConnection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password?: string
}

function serverConnection(): ServerConnection {
  const connection = process.env.PARLEY_TEST_POSTGRES
  if (connection === undefined) throw new Error('Run this test through `npm test`, which starts a Postgres first.')
  return JSON.parse(connection)
}

async function once(server: ServerConnection, sql: string): Promise<void> {
  // The product's own role may not make databases; over the socket the superuser needs no password.
  const client = new pg.Client({ ...server, user: 'postgres', database: 'postgres' })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
