import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'

/** Makes so many users past the API; resolves with a key of each. The schema must be there, and none of them. */
export async function makeUsers(
  query: <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[]) => Promise<readonly Row[]>,
  name: string,
  count: number,
): Promise<readonly string[]> {
  const keys = Array.from({ length: count }, () => `${name}-${randomBytes(24).toString('base64url')}`)
  for (const [number, key] of keys.entries()) {
    const [user] = await query<{ id: string }>('INSERT INTO users (name, email) VALUES ($1, $2) RETURNING id', [
      `${name} ${number}`,
      `${name}-${number}@example.com`,
    ])
    const hash = createHash('sha256').update(key).digest()
    await query('INSERT INTO api_keys (id, user_id, name, hash, prefix) VALUES ($1, $2, $3, $4, $5)', [
      randomUUID(),
      user?.id,
      `${name} ${number}`,
      hash,
      key.slice(0, 8),
    ])
  }
  return keys
}
