import { createDatabase, type DatabaseOptions } from '../database.ts'
import { knownSchema } from '../known-schema.ts'
import { type CheckResult, type LookOptions, lookThrough } from './look-through.ts'

export interface VerifyOptions extends Omit<DatabaseOptions, 'connections'>, LookOptions {}

export interface VerifyReport {
  readonly schemaVersion: number
  readonly users: number
  /** No check found anything wrong. */
  readonly sound: boolean
  readonly checks: readonly CheckResult[]
}

/**
 * Looks whether all that a sound database promises is true of this one, as it stands at one moment: in one transaction
 * that only reads, over a slice of users at a time, so that memory stays flat. It never migrates.
 *
 * Throws where it could not look: the database is away, its schema is not this release's, there is no such user.
 */
export async function verifyDatabase(options: VerifyOptions): Promise<VerifyReport> {
  const database = createDatabase({ ...options, connections: 1 })
  try {
    const schemaVersion = await knownSchema(database)
    return await database.transaction(async client => {
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
      // It takes as long as it takes, whatever limit the role was given for its everyday statements.
      await client.query('SET LOCAL statement_timeout = 0')
      // Without statistics, as after a restore, nested loops look cheap and take for ever; every side is one slice.
      await client.query('SET LOCAL enable_nestloop = off')
      const { users, checks } = await lookThrough(client, options)
      return { schemaVersion, users, sound: checks.every(({ violations }) => violations === 0), checks }
    })
  } finally {
    await database.close()
  }
}
