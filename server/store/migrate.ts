import { readdir, readFile } from 'node:fs/promises'
import type { Log } from '#kit'
import type { Database } from './database.ts'

const folder = new URL('./migrations/', import.meta.url)

interface Migration {
  readonly version: number
  readonly file: string
}

/**
 * Brings the schema up to what this release knows: forward only, each file in a transaction of its own, under an
 * advisory lock, so that replicas that start together take turns. A schema newer than this release is refused: an old
 * server must not write into tables it does not understand.
 */
export async function migrate(database: Database, log: Log): Promise<void> {
  await database.transaction(async client => {
    // IF NOT EXISTS alone fails where two begin at once.
    await client.query(takeTurns)
    await client.query(
      'CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, file text NOT NULL, applied_at timestamptz(3) NOT NULL DEFAULT now())',
    )
  })
  const known = await knownMigrations()
  const newest = known.at(-1)?.version ?? 0
  const [row] = await database.query<{ version: number }>(
    'SELECT coalesce(max(version), 0)::int AS version FROM schema_migrations',
  )
  const present = row?.version ?? 0
  if (present > newest) {
    throw new Error(
      `The database has schema version ${present}, this release knows ${newest}: start the release that migrated it, or a newer one.`,
    )
  }
  for (const migration of known.filter(({ version }) => version > present)) await apply(database, log, migration)
}

const takeTurns = "SELECT pg_advisory_xact_lock(hashtext('parley.migrate'))"

async function apply(database: Database, log: Log, { version, file }: Migration): Promise<void> {
  const sql = await readFile(new URL(file, folder), 'utf8')
  await database.transaction(async client => {
    // The lock first, without a limit: another replica may be in the middle of the same file.
    await client.query(takeTurns)
    await client.query("SET LOCAL lock_timeout = '5s'")
    const done = await client.query('SELECT FROM schema_migrations WHERE version = $1', [version])
    if (done.rowCount !== 0) return
    await client.query(sql)
    await client.query('INSERT INTO schema_migrations (version, file) VALUES ($1, $2)', [version, file])
    log.info({ version, file }, 'migrated the database')
  })
}

/** The schema's version in this database, 0 where there is none, and the one that this release knows. Changes nothing. */
export async function schemaVersions(
  database: Database,
): Promise<{ readonly present: number; readonly known: number }> {
  const known = (await knownMigrations()).at(-1)?.version ?? 0
  const [table] = await database.query<{ there: boolean }>(
    "SELECT to_regclass('schema_migrations') IS NOT NULL AS there",
  )
  if (!table?.there) return { present: 0, known }
  const [row] = await database.query<{ version: number }>(
    'SELECT coalesce(max(version), 0)::int AS version FROM schema_migrations',
  )
  return { present: row?.version ?? 0, known }
}

async function knownMigrations(): Promise<Migration[]> {
  const files = (await readdir(folder)).filter(file => file.endsWith('.sql')).sort()
  return files.map(file => ({ version: Number.parseInt(file, 10), file }))
}
