import type pg from 'pg'

/**
 * Sets the password of a user, who may have had none, and ends their sessions but the one to keep. Links that would set
 * another password are gone, too: whoever changes it may do so because one fell into wrong hands. Returns the tokens of
 * the sessions that ended.
 */
export async function setPassword(
  client: pg.PoolClient,
  userId: string,
  passwordHash: string,
  keptSessionId: string | null,
): Promise<string[]> {
  await client.query(
    `INSERT INTO accounts (user_id, account_id, provider_id, password)
     VALUES ($1::bigint, $1::bigint::text, 'credential', $2)
     ON CONFLICT (provider_id, account_id) DO UPDATE SET password = excluded.password, updated_at = now()`,
    [userId, passwordHash],
  )
  await client.query('DELETE FROM verifications WHERE value = $1', [passwordOf(userId)])
  const { rows } = await client.query<{ token: string }>(
    'DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2 RETURNING token',
    [userId, keptSessionId],
  )
  return rows.map(({ token }) => token)
}

/** What a link is for that sets the password of this user. */
export const passwordOf = (userId: string) => `password:${userId}`
