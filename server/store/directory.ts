import type { Database } from './database.ts'

/** Whom an API key stands for. */
export interface KeyHolder {
  readonly keyId: string
  readonly userId: string
  readonly admin: boolean
  readonly expiresAt: Date | null
}

export interface NewAdmin {
  readonly name: string
  /** Kept in lower case, as the auth library looks for it. */
  readonly email: string
  /** As the auth library hashes it; null: cannot sign in with a password. */
  readonly passwordHash: string | null
}

/** People, their keys, and the instance's own settings: looked up without an owner. */
export interface Directory {
  /** The holder of a key that is neither revoked nor expired, and whose account is not banned. */
  keyHolder(hash: Buffer): Promise<KeyHolder | undefined>
  hasAdmin(): Promise<boolean>
  adminId(email: string): Promise<string | undefined>
  /** Creates an admin with their way to sign in, or makes the user of that e-mail one; returns their id. */
  createAdmin(admin: NewAdmin): Promise<string>
  /** Makes `hash` the only live key under that name, and that user its holder; others of the same name are revoked. */
  synchroniseKey(userId: string, key: { id: string; name: string; hash: Buffer; prefix: string }): Promise<void>
  revokeKeys(name: string): Promise<void>
  setting(key: string): Promise<unknown>
  /** Writes a setting that has no value yet, and returns the value that stands now. */
  settingOr(key: string, value: unknown): Promise<unknown>
}

export function createDirectory(database: Database): Directory {
  const { kysely } = database
  return {
    async keyHolder(hash) {
      const [row] = await database.query<{ id: string; user_id: string; role: string; expires_at: Date | null }>(
        `SELECT k.id, k.user_id, u.role, k.expires_at FROM api_keys k JOIN users u ON u.id = k.user_id
         WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()) AND NOT u.banned`,
        [hash],
      )
      return row && { keyId: row.id, userId: row.user_id, admin: row.role === 'admin', expiresAt: row.expires_at }
    },
    async hasAdmin() {
      const row = await kysely.selectFrom('users').select('id').where('role', '=', 'admin').limit(1).executeTakeFirst()
      return row !== undefined
    },
    async adminId(email) {
      const [row] = await database.query<{ id: string }>(
        "SELECT id FROM users WHERE lower(email) = lower($1) AND role = 'admin'",
        [email],
      )
      return row?.id
    },
    createAdmin: ({ name, email, passwordHash }) =>
      database.transaction(async client => {
        const { rows } = await client.query<{ id: string }>(
          `INSERT INTO users (name, email, email_verified, role) VALUES ($1, lower($2), true, 'admin')
           ON CONFLICT (lower(email)) DO UPDATE SET email = excluded.email, role = 'admin', updated_at = now()
           RETURNING id`,
          [name, email],
        )
        const id = rows[0]?.id
        if (id === undefined) throw new Error('INSERT ... RETURNING returned nothing')
        if (passwordHash !== null) {
          await client.query(
            `INSERT INTO accounts (user_id, account_id, provider_id, password) VALUES ($1::bigint, $1::bigint::text, 'credential', $2)
             ON CONFLICT (provider_id, account_id) DO NOTHING`,
            [id, passwordHash],
          )
        }
        return id
      }),
    synchroniseKey: (userId, key) =>
      database.transaction(async client => {
        await client.query(
          'UPDATE api_keys SET revoked_at = now() WHERE name = $1 AND hash <> $2 AND revoked_at IS NULL',
          [key.name, key.hash],
        )
        await client.query(
          `INSERT INTO api_keys (id, user_id, name, hash, prefix) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (hash) DO UPDATE SET user_id = excluded.user_id, name = excluded.name, revoked_at = NULL`,
          [key.id, userId, key.name, key.hash, key.prefix],
        )
      }),
    async revokeKeys(name) {
      await database.query('UPDATE api_keys SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL', [name])
    },
    async setting(key) {
      const row = await kysely.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst()
      return row?.value
    },
    async settingOr(key, value) {
      await kysely
        .insertInto('settings')
        .values({ key, value: JSON.stringify(value) })
        .onConflict(conflict => conflict.column('key').doNothing())
        .execute()
      const row = await kysely.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirstOrThrow()
      return row.value
    },
  }
}
