import { type AuditEntry, writeAudit } from './audit.ts'
import type { Database } from './database.ts'
import { insertLink } from './insert-link.ts'
import { passwordOf, setPassword } from './set-password.ts'

export interface PersonRow {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: 'user' | 'admin'
  readonly has_password: boolean
  readonly created_at: Date
}

export interface NewPerson {
  readonly name: string
  /** In lower case, as the auth library looks for it. */
  readonly email: string
  readonly role: 'user' | 'admin'
}

/** A person, the hash of the link that will set their password, and when that ends. */
export interface Invited {
  readonly person: PersonRow
  readonly expiresAt: Date
}

/** People as they are shown to themselves and to admins. */
export interface People {
  person(userId: string): Promise<PersonRow | undefined>
  /** Whoever has this e-mail, in whatever case it is written. */
  withEmail(email: string): Promise<PersonRow | undefined>
  /** Oldest first, a hundred at most. */
  admins(): Promise<PersonRow[]>
  /** Oldest first, from behind the one with this id; one more than `limit` says that there are more. */
  list(after: string | undefined, limit: number): Promise<PersonRow[]>
  rename(userId: string, name: string): Promise<PersonRow | undefined>
  /** Undefined: no such user, or they have none. */
  passwordHash(userId: string): Promise<string | undefined>
  /** See `setPassword`. */
  changePassword(userId: string, passwordHash: string, keptSessionId: string | undefined): Promise<string[]>
  /** Undefined: somebody has this e-mail. */
  invite(person: NewPerson, linkHash: string, audit: AuditEntry): Promise<Invited | undefined>
  /** A link for somebody who is there already. Undefined: no such user. */
  linkPassword(userId: string, linkHash: string, audit: AuditEntry): Promise<Date | undefined>
  isBanned(userId: string): Promise<boolean>
}

export function createPeople(database: Database): People {
  return {
    async person(userId) {
      const [row] = await database.query<PersonRow>(`${selectPerson} WHERE u.id = $1`, [userId])
      return row
    },
    async withEmail(email) {
      const [row] = await database.query<PersonRow>(`${selectPerson} WHERE lower(u.email) = lower($1)`, [email])
      return row
    },
    admins: () => database.query<PersonRow>(`${selectPerson} WHERE u.role = 'admin' ORDER BY u.id LIMIT 100`),
    list: (after, limit) =>
      database.query<PersonRow>(`${selectPerson} WHERE u.id > $1 ORDER BY u.id LIMIT $2`, [after ?? '0', limit + 1]),
    async rename(userId, name) {
      await database.query('UPDATE users SET name = $2, updated_at = now() WHERE id = $1', [userId, name])
      const [row] = await database.query<PersonRow>(`${selectPerson} WHERE u.id = $1`, [userId])
      return row
    },
    async passwordHash(userId) {
      const [row] = await database.query<{ password: string | null }>(
        "SELECT password FROM accounts WHERE provider_id = 'credential' AND account_id = $1",
        [userId],
      )
      return row?.password ?? undefined
    },
    changePassword: (userId, passwordHash, keptSessionId) =>
      database.transaction(client => setPassword(client, userId, passwordHash, keptSessionId ?? null)),
    invite: (person, linkHash, audit) =>
      database.transaction(async client => {
        const { rows } = await client.query<PersonRow>(insertPerson, [person.name, person.email, person.role])
        const row = rows[0]
        if (row === undefined) return undefined
        const expiresAt = await insertLink(client, linkHash, passwordOf(row.id))
        await writeAudit(client, 'user.invite', audit, row.id)
        return { person: row, expiresAt }
      }),
    linkPassword: (userId, linkHash, audit) =>
      database.transaction(async client => {
        const { rowCount } = await client.query('SELECT FROM users WHERE id = $1', [userId])
        if (rowCount === 0) return undefined
        const expiresAt = await insertLink(client, linkHash, passwordOf(userId))
        await writeAudit(client, 'user.password_link', audit, userId)
        return expiresAt
      }),
    async isBanned(userId) {
      const [row] = await database.query<{ banned: boolean }>('SELECT banned FROM users WHERE id = $1', [userId])
      return row?.banned ?? true
    },
  }
}

const selectPerson = `
SELECT u.id, u.name, u.email, u.role, u.created_at, EXISTS (
  SELECT FROM accounts a WHERE a.user_id = u.id AND a.provider_id = 'credential' AND a.password IS NOT NULL
) AS has_password
FROM users u`

/** Nothing comes back where the e-mail is taken. */
export const insertPerson = `
INSERT INTO users (name, email, email_verified, role) VALUES ($1, $2, true, $3)
ON CONFLICT (lower(email)) DO NOTHING
RETURNING id, name, email, role, created_at, false AS has_password`
