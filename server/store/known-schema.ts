import type { Database } from './database.ts'
import { schemaVersions } from './migrate.ts'

/** The version of a schema that this release knows and need not migrate; fails where it is another. */
export async function knownSchema(database: Database): Promise<number> {
  const { present, known } = await schemaVersions(database)
  if (present === known) return present
  if (present === 0) throw new Error('This database holds no Parley.')
  const remedy = present > known ? 'use the release that migrated it' : 'start this release on it first'
  throw new Error(`The database has schema version ${present}, this release knows ${known}: ${remedy}.`)
}
