import { hashPassword, verifyPassword } from 'better-auth/crypto'
import { Fault } from '#kit'
import type { PageQuery, PasswordChange, SessionPage, User, UserChange } from '#protocol'
import type { People, PersonRow, Sessions } from '#store'
import { readName } from './person-fields.ts'
import type { Principal } from './principal.ts'
import type { OwnSessions } from './session-authenticator.ts'
import { toPage, toSession, toUser } from './to-wire.ts'

/** What everybody may do with their own account. */
export interface OwnAccount {
  get(userId: string): Promise<User>
  change(userId: string, change: UserChange): Promise<User>
  /** Ends their other sessions, and links that would set another password. A wrong current one: `invalid_field`. */
  changePassword(caller: Principal, change: PasswordChange): Promise<void>
  /** Newest first. */
  sessions(caller: Principal, page: PageQuery): Promise<SessionPage>
  /** The fault `not_found` for an id that is none of theirs. */
  endSession(userId: string, sessionId: string): Promise<void>
}

export interface OwnAccountDeps {
  readonly people: People
  readonly sessions: Sessions
  readonly authenticator: OwnSessions
}

export function createOwnAccount({ people, sessions, authenticator }: OwnAccountDeps): OwnAccount {
  return {
    get: async userId => shown(await people.person(userId)),
    async change(userId, { name }) {
      return shown(name === undefined ? await people.person(userId) : await people.rename(userId, readName(name)))
    },
    async changePassword({ userId, sessionId }, { current_password: password, new_password: newPassword }) {
      const hash = await people.passwordHash(userId)
      if (hash === undefined || !(await verifyPassword({ hash, password }))) {
        throw new Fault('invalid_field', 'This is not your current password.', { field: 'current_password' })
      }
      authenticator.forget(await people.changePassword(userId, await hashPassword(newPassword), sessionId))
    },
    async sessions({ userId, sessionId }, { cursor, limit }) {
      return toPage(await sessions.list(userId, cursor, limit), limit, row => toSession(row, sessionId))
    },
    async endSession(userId, id) {
      const token = await sessions.end(userId, id)
      if (token === undefined) throw new Fault('not_found', 'You have no such session.')
      authenticator.forget([token])
    },
  }
}

/** Whoever was deleted while their key was still believed in is nobody. */
function shown(person: PersonRow | undefined): User {
  if (person === undefined) throw new Fault('unauthenticated', 'This account is gone.')
  return toUser(person)
}
