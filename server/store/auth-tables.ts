import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import { withPassingFault } from './passing-faults.ts'
import type { Schema } from './schema.ts'

/**
 * The way to the tables users, sessions, accounts and verifications for the auth library alone, which writes its own
 * statements. Everything else asks by the methods of the store.
 */
export interface AuthTables {
  /** In the form that the library takes. It never closes it. */
  readonly database: { readonly db: Kysely<Schema>; readonly type: 'postgres' }
  /** Does work with it; a database that is away becomes the fault `overloaded`, as everywhere in the store. */
  reach<Result>(work: () => Promise<Result>): Promise<Result>
}

export const createAuthTables = ({ kysely }: Database): AuthTables => ({
  database: { db: kysely, type: 'postgres' },
  reach: withPassingFault,
})
