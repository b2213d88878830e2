import { type AuditEntry, writeAudit } from './audit.ts'
import type { Database } from './database.ts'
import { insertLink, linkIdentifier } from './insert-link.ts'
import { insertPerson, type NewPerson, type PersonRow } from './people.ts'
import { setPassword } from './set-password.ts'

/** Somebody whose password was just set, and the tokens of the sessions that ended with it. */
export interface NewPassword {
  readonly userId: string
  readonly email: string
  readonly ended: readonly string[]
}

/**
 * Links that work once, for a day by the database's clock. Of each only a hash is kept. Spending one is a single DELETE
 * in the transaction that does what the link is for: of two at once exactly one wins, and where it fails the link stays.
 */
export interface OneTimeLinks {
  /** A link to make the first admin; it dies as soon as there is one. */
  addSetUp(hash: string): Promise<void>
  /** Whether there is such a link, whatever it is for. Spares the work of spending one that is not there. */
  isOpen(hash: string): Promise<boolean>
  /** Makes the first admin, with this password. */
  spendSetUp(
    hash: string,
    person: NewPerson,
    passwordHash: string,
    audit: AuditEntry,
  ): Promise<PersonRow | 'spent' | 'email_taken'>
  /** Sets the password of the user whom the link is for; undefined: it is spent, or they are banned. */
  spendPassword(hash: string, passwordHash: string): Promise<NewPassword | undefined>
}

export function createOneTimeLinks(database: Database): OneTimeLinks {
  return {
    addSetUp: hash =>
      database.transaction(async client => {
        await insertLink(client, hash, setUp)
      }),
    async isOpen(hash) {
      const rows = await database.query(
        'SELECT FROM verifications WHERE identifier = $1 AND expires_at > now() LIMIT 1',
        [linkIdentifier(hash)],
      )
      return rows.length > 0
    },
    async spendSetUp(hash, person, passwordHash, audit) {
      try {
        return await database.transaction(async client => {
          const { rowCount } = await client.query(
            'DELETE FROM verifications WHERE identifier = $1 AND value = $2 AND expires_at > now()',
            [linkIdentifier(hash), setUp],
          )
          if (rowCount === 0) return 'spent'
          // Every server of the instance prints a link of its own, and two of them may be opened at once.
          await client.query("SELECT pg_advisory_xact_lock(hashtext('parley.set_up'))")
          const admins = await client.query("SELECT FROM users WHERE role = 'admin' LIMIT 1")
          if (admins.rowCount !== 0) return 'spent'
          const { rows } = await client.query<PersonRow>(insertPerson, [person.name, person.email, person.role])
          const row = rows[0]
          if (row === undefined) throw new EmailTaken()
          await setPassword(client, row.id, passwordHash, null)
          await writeAudit(client, 'instance.set_up', audit, row.id)
          return { ...row, has_password: true }
        })
      } catch (error) {
        if (error instanceof EmailTaken) return 'email_taken'
        throw error
      }
    },
    spendPassword: (hash, passwordHash) =>
      database.transaction(async client => {
        const { rows } = await client.query<{ id: string; email: string }>(
          `DELETE FROM verifications v USING users u
           WHERE v.identifier = $1 AND v.expires_at > now() AND v.value = 'password:' || u.id AND NOT u.banned
           RETURNING u.id, u.email`,
          [linkIdentifier(hash)],
        )
        const user = rows[0]
        if (user === undefined) return undefined
        const ended = await setPassword(client, user.id, passwordHash, null)
        return { userId: user.id, email: user.email, ended }
      }),
  }
}

class EmailTaken extends Error {}

const setUp = 'set-up'
