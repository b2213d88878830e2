import type pg from 'pg'

/** Who did something that others may ask about later. */
export interface AuditEntry {
  readonly id: string
  /** Null: nobody was signed in. */
  readonly actorId: string | null
  readonly ipAddress: string | null
}

/**
 * Writes that this was done to the object of this id, in the transaction that does it: neither is there without the other.
 * `details` hold no secret, no link, and nothing about a person but ids.
 */
export async function writeAudit(
  client: pg.PoolClient,
  action: string,
  { id, actorId, ipAddress }: AuditEntry,
  object: string,
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await client.query(
    'INSERT INTO audit (id, actor_id, action, object, details, ip_address) VALUES ($1, $2, $3, $4, $5, $6)',
    [id, actorId, action, object, details, ipAddress],
  )
}
