import { join } from 'node:path'
import { pino } from 'pino'
import { type PostgresVisit, visitPostgres } from '#embedded'
import type { Log } from '#kit'
import { createLog } from '#telemetry'
import { type Config, loadConfig } from '../config.ts'
import type { Surroundings } from './command.ts'

export interface ReachedDatabase {
  readonly config: Config
  readonly connection: string | PostgresVisit['connection']
  /** For warnings and errors; they go to standard error. */
  readonly log: Log
  close(): Promise<void>
}

/**
 * The database that a server with this configuration uses: the operator's, or the embedded one of the data folder. That
 * is connected to where a server runs on it, else started for as long as it is needed. It is never made.
 */
export async function reachDatabase({ env, cwd, signal }: Surroundings): Promise<ReachedDatabase> {
  const config = loadConfig({ env, cwd })
  const { database, dataFolder } = config
  const log = createLog('warn', pino.destination({ fd: 2, sync: true }))
  if (database !== undefined) return { config, connection: database.directUrl, log, close: async () => {} }
  const visit = await visitPostgres({ folder: join(dataFolder, 'postgres'), log, signal })
  return { config, connection: visit.connection, log, close: visit.close }
}
