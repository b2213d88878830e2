import { type BringUpOptions, bringUp, type Connection } from './bring-up.ts'
import { lockFolder } from './folder-lock.ts'
import { findPostmaster, readPostmasterFile } from './postmaster-file.ts'
import { StartError, systemCode } from './start-error.ts'

/** A Postgres that answers, on a folder that is ours as long as the connection lasts. */
export interface Charge extends Connection {
  /** The process of Postgres. */
  readonly pid: number
}

/**
 * Brings Postgres up and takes its folder for this process. A Postgres that is being stopped by another Parley while we
 * ask for the lock breaks the connection; then all of it is done again, up to five times.
 */
export async function takeCharge(options: BringUpOptions): Promise<Charge> {
  const { layout, clock, signal, log } = options
  for (let broken = 1; ; broken += 1) {
    const connection = await bringUp(options)
    try {
      await lockFolder(connection.client, layout.folder, clock, signal)
      // A Postgres in another container is out of sight, but it wrote its number.
      const file = (await findPostmaster(layout.cluster)) ?? (await readPostmasterFile(layout.cluster))
      if (file === undefined) throw new Error('Postgres runs without a postmaster.pid')
      return { ...connection, pid: file.pid }
    } catch (error) {
      await hangUp(connection)
      if (error instanceof StartError || signal.aborted || broken === 5) throw error
      log.warn({ reason: systemCode(error) }, 'the connection to the embedded Postgres broke while it was starting')
    }
  }
}

/** Closes the connection, which frees the folder. */
export async function hangUp({ client, gone }: Connection): Promise<void> {
  // A connection that is broken already has nothing to say about it.
  client.end().catch(() => {})
  await gone
}
