import type { Database } from './database.ts'

/** How long a lease lasts after its last renewal, by the database's clock. */
export const leaseMs = 8_000

/** The processes that run turns, one lease each. Only the database's clock decides; clocks of machines differ. */
export interface Workers {
  /** Takes or renews the lease of `id`. */
  renew(id: string, release: string): Promise<void>
  /** Gives the lease back; turns still owned by `id` may be reaped at once. */
  leave(id: string): Promise<void>
  /** Ends every other lease. Only for a process that knows it is alone: the one that holds the embedded database. */
  expireOthers(id: string): Promise<void>
}

export function createWorkers(database: Database): Workers {
  return {
    async renew(id, release) {
      await database.query(
        `INSERT INTO workers (id, release, expires_at) VALUES ($1, $2, now() + $3 * interval '1 millisecond')
         ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at`,
        [id, release, leaseMs],
      )
    },
    async leave(id) {
      await database.query('DELETE FROM workers WHERE id = $1', [id])
    },
    async expireOthers(id) {
      await database.query('DELETE FROM workers WHERE id <> $1', [id])
    },
  }
}
