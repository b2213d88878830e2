import type pg from 'pg'

/** What somebody with power over the instance did. Holds no secret and nobody's text. */
export interface AuditEntry {
  readonly id: string
  readonly actorId: string
  /** `cluster.added`: the kind of object, and what happened to it. */
  readonly action: string
  /** The object's id. */
  readonly object: string
  readonly details: Readonly<Record<string, unknown>>
  readonly ipAddress: string | null
}

/** Writes an entry in the transaction of the change it tells of: neither is there without the other. */
export async function writeAudit(client: pg.PoolClient, entry: AuditEntry): Promise<void> {
  await client.query(
    'INSERT INTO audit (id, actor_id, action, object, details, ip_address) VALUES ($1, $2, $3, $4, $5, $6)',
    [entry.id, entry.actorId, entry.action, entry.object, entry.details, entry.ipAddress],
  )
}
