import type pg from 'pg'

/** Who did something that others may ask about later. Holds ids alone: no names, no e-mails, no links. */
export interface AuditEntry {
  readonly id: string
  /** Null: nobody was signed in. */
  readonly actorId: string | null
  readonly ipAddress: string | null
}

/** Writes that this was done to `object`, in the transaction that does it. */
export async function writeAudit(
  client: pg.PoolClient,
  action: string,
  { id, actorId, ipAddress }: AuditEntry,
  object: string,
): Promise<void> {
  await client.query('INSERT INTO audit (id, actor_id, action, object, ip_address) VALUES ($1, $2, $3, $4, $5)', [
    id,
    actorId,
    action,
    object,
    ipAddress,
  ])
}
