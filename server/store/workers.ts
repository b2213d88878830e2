import type { Database } from './database.ts'

/** How long a lease lasts after its last renewal, by the database's clock. */
export const leaseMs = 8_000
/** A connection whose other end is gone without a word is given up for a new one, while the lease still holds. */
const renewLimitMs = 2_500

/** The processes that run turns, one lease each. Only the database's clock decides; clocks of machines differ. */
export interface Workers {
  /**
   * Takes or renews the lease of `id`, which other processes reach at `address`. A database that hangs is not waited for.
   */
  renew(id: string, release: string, address: string): Promise<Renewal>
  /** Gives the lease back, and with it all turns of `id` that still run: others may take them over at once. */
  leave(id: string): Promise<void>
  /** Where the living owner of a turn is reached; undefined when it holds no lease or has no address. */
  addressOf(id: string): Promise<string | undefined>
  /** Where the others that hold a lease are reached. */
  others(id: string): Promise<string[]>
  /** Ends every other lease. Only for a process that knows it is alone: the one that holds the embedded database. */
  expireOthers(id: string): Promise<void>
}

export interface Renewal {
  /** False: it had run out, or was none, so that others may have taken over what it owned. */
  readonly held: boolean
  /** How many other leases there are. */
  readonly others: number
}

export function createWorkers(database: Database): Workers {
  return {
    async renew(id, release, address) {
      // RETURNING reads the table as it was before.
      const [row] = await database.query<{ held: boolean | null; others: number }>(
        `INSERT INTO workers (id, release, address, expires_at) VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')
         ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at
         RETURNING (SELECT w.expires_at > now() FROM workers w WHERE w.id = $1) AS held,
           (SELECT count(*)::int FROM workers w WHERE w.id <> $1 AND w.expires_at > now()) AS others`,
        [id, release, address, leaseMs],
        renewLimitMs,
      )
      return { held: row?.held === true, others: row?.others ?? 0 }
    },
    async leave(id) {
      await database.query(
        `WITH handed_over AS (UPDATE turns SET owner = NULL WHERE owner = $1 AND status = 'running')
         DELETE FROM workers WHERE id = $1`,
        [id],
      )
    },
    async addressOf(id) {
      const [row] = await database.query<{ address: string | null }>(
        'SELECT address FROM workers WHERE id = $1 AND expires_at > now()',
        [id],
      )
      return row?.address ?? undefined
    },
    async others(id) {
      const rows = await database.query<{ address: string }>(
        'SELECT address FROM workers WHERE id <> $1 AND expires_at > now() AND address IS NOT NULL',
        [id],
      )
      return rows.map(({ address }) => address)
    },
    async expireOthers(id) {
      await database.query('DELETE FROM workers WHERE id <> $1', [id])
    },
  }
}
