import { join } from 'node:path'
import pg from 'pg'
import { type EmbeddedPostgres, type PostgresConnection, startPostgres } from '../../server/embedded/index.ts'
import { findPostmaster } from '../../server/embedded/postgres/postmaster-file.ts'
import { makeUsers } from '../make-users.ts'
import type { Started } from '../run-bench.ts'

/** The Postgres that all replicas share: the embedded one's programs and settings, and it can be taken away. */
export interface ChaosPostgres {
  /** The `DATABASE_URL` of a replica, which thereby says its name; stays the same. */
  urlFor(replica: string): string
  /** An ordered end: open transactions are rolled back, connections cut. */
  stop(): Promise<void>
  /** Resolves when it takes connections. */
  start(): Promise<void>
  /** `kill -9` of the postmaster; it is brought back, by recovery, within about a second. */
  crash(): Promise<void>
  /** Ends every connection of the product; returns how many. */
  cutConnections(): Promise<number>
  /** Past the product's role. Fails when it is away. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** From here on it is known which replica owns a turn. `first` made the schema, and is the only one so far. */
  watchOwners(first: string): Promise<void>
  /** The turns that run on a replica now. */
  turnsOf(replica: string): Promise<readonly string[]>
  /** Makes users; returns a key of each. The schema must be there. */
  makeUsers(count: number): Promise<readonly string[]>
}

export async function startChaosPostgres(started: Started, folder: string): Promise<ChaosPostgres> {
  const place = join(folder, 'postgres')
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const ending = new AbortController()
  let running: Promise<EmbeddedPostgres> | undefined
  const start = () => {
    running ??= startPostgres({ folder: place, log: quiet, signal: ending.signal })
    return running
  }
  const stop = async () => {
    const stopping = running
    running = undefined
    await (await stopping)?.stop()
  }
  started.defer(async () => {
    ending.abort()
    await stop().catch(() => {}) // a start that was given up
  })
  const { connection } = await start()

  async function query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) {
    const client = new pg.Client({ ...connection, user: 'postgres' })
    client.on('error', () => {}) // the query tells
    try {
      await client.connect()
      return (await client.query<Row>(sql, [...values])).rows
    } finally {
      await client.end().catch(() => {}) // it may be gone already
    }
  }

  return {
    urlFor: replica => `${addressOf(connection)}?application_name=${replica}`,
    stop,
    start: async () => void (await start()),
    async crash() {
      const postmaster = await findPostmaster(join(place, 'cluster'))
      if (postmaster !== undefined) process.kill(postmaster.pid, 'SIGKILL')
    },
    async cutConnections() {
      const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`
      return (await query(sql, [connection.user])).length
    },
    query,
    async watchOwners(first) {
      await query(ownersTable)
      await query('INSERT INTO chaos.owners SELECT id, $1 FROM workers', [first])
    },
    async turnsOf(replica) {
      const sql = `SELECT t.id FROM turns t JOIN chaos.owners o ON o.worker = t.owner
                   WHERE t.status = 'running' AND o.replica = $1`
      return (await query<{ id: string }>(sql, [replica])).map(({ id }) => id)
    },
    makeUsers: count => makeUsers(query, 'chaos', count),
  }
}

const addressOf = ({ user, password = '', host, port, database }: PostgresConnection) =>
  `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`

/** Which replica took which lease, beside the product's tables, by the name in its connections. */
const ownersTable = `
  CREATE SCHEMA chaos;
  CREATE TABLE chaos.owners (worker uuid PRIMARY KEY, replica text NOT NULL);
  CREATE FUNCTION chaos.note_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN
    INSERT INTO chaos.owners VALUES (NEW.id, current_setting('application_name')) ON CONFLICT DO NOTHING;
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_owners AFTER INSERT ON workers FOR EACH ROW EXECUTE FUNCTION chaos.note_owner()`
