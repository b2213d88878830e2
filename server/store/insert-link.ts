import type pg from 'pg'

/** Keeps a one-time link for a day, by the hash of its token; returns when the day ends. */
export async function insertLink(client: pg.PoolClient, hash: string, purpose: string): Promise<Date> {
  const { rows } = await client.query<{ expires_at: Date }>(
    `INSERT INTO verifications (identifier, value, expires_at) VALUES ($1, $2, now() + interval '24 hours')
     RETURNING expires_at`,
    [linkIdentifier(hash), purpose],
  )
  const expiresAt = rows[0]?.expires_at
  if (expiresAt === undefined) throw new Error('INSERT ... RETURNING returned nothing')
  return expiresAt
}

/** The auth library keeps rows of its own in this table; these are told apart by how they begin. */
export const linkIdentifier = (hash: string) => `link:${hash}`
