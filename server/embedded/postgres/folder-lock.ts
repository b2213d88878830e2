import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Clock } from '#kit'
import { StartError } from './start-error.ts'

/**
 * Takes the folder for this process: an advisory lock that lasts as long as the connection. Postgres frees the lock of a
 * killed process as soon as the system has closed its socket, so it is asked for during 5 s, every 100 ms.
 *
 * Throws `StartError` `already_running` when it is still held then; whatever the connection throws when it breaks.
 */
export async function lockFolder(client: pg.Client, folder: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.elapsed() + 5_000
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [key])
    if (rows[0]?.taken) return
    if (clock.elapsed() > deadline) throw alreadyRunning(folder, await holder(client))
    await delay(100, undefined, { signal })
  }
}

/** Any number that nobody else uses in the database `postgres`: the letters PARL. */
const key = 0x5041524c

/** The process number that the other Parley wrote into its connection's name, if it can be read. */
async function holder(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND l.objid = $1`,
    [key],
  )
  return /^parley (\d+)$/.exec(rows[0]?.name ?? '')?.[1]
}

function alreadyRunning(folder: string, pid: string | undefined): StartError {
  return new StartError(
    'already_running',
    `Another Parley${pid === undefined ? '' : ` (process ${pid})`} already runs on the folder "${folder}". ` +
      'Stop it first, or give this one a folder of its own with PARLEY_DATA.',
  )
}
