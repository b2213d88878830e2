import { createHmac } from 'node:crypto'
import type { Directory } from '#store'

const settingKey = 'secret_fingerprint'

/**
 * Compares the secrets, current one first, with the fingerprint that the first start left in the database. A server
 * with another secret could read nothing that was sealed before, so it must not start; the error says so.
 */
export async function checkSecret(directory: Directory, secrets: readonly string[]): Promise<void> {
  const [current] = secrets
  if (current === undefined) throw new Error('no secret')
  const kept = await directory.settingOr(settingKey, fingerprint(current))
  if (secrets.some(secret => fingerprint(secret) === kept)) return
  throw new Error(
    'PARLEY_SECRET is not the one this database was set up with: give the old one, or both with the new one first (PARLEY_SECRET=new,old).',
  )
}

/** Says nothing about the secret to whoever reads the database. */
const fingerprint = (secret: string) => createHmac('sha256', secret).update('parley.fingerprint').digest('base64url')
