import { createDatabase, type DatabaseOptions } from './database.ts'
import { knownSchema } from './known-schema.ts'
import { createPeople, type People } from './people.ts'

export interface OpenPeople {
  readonly people: People
  close(): Promise<void>
}

/** The people of a database as it stands: it is never migrated. Fails where its schema is not this release's. */
export async function openPeople(options: Omit<DatabaseOptions, 'connections'>): Promise<OpenPeople> {
  const database = createDatabase({ ...options, connections: 1 })
  try {
    await knownSchema(database)
  } catch (error) {
    await database.close()
    throw error
  }
  return { people: createPeople(database), close: database.close }
}
