import { Fault, type IdSource } from '#kit'
import type { InvitedUser, NewUser, PageQuery, PasswordLink, UserPage } from '#protocol'
import type { People } from '#store'
import { newOneTimeToken, type OneTimeToken } from './one-time-token.ts'
import { emailTaken, readEmail, readName } from './person-fields.ts'
import { toPage, toUser } from './to-wire.ts'

/** Who does it, as the audit keeps them: an admin; or whoever runs the server, at its machine, who is no user (null). */
export interface Actor {
  readonly userId: string | null
  readonly ipAddress: string | null
}

/** What admins may do with everybody's account. Whether the caller is one is decided before. */
export interface UserList {
  /** Oldest first. */
  list(page: PageQuery): Promise<UserPage>
  /** A new user, and the link with which they set their password. An e-mail that is taken: `invalid_field`. */
  invite(actor: Actor, user: NewUser): Promise<InvitedUser>
  /** A link for somebody who has lost their password; the present one works until the link is used. */
  linkPassword(actor: Actor, userId: string): Promise<PasswordLink>
}

export interface UserListDeps {
  readonly people: People
  readonly newId: IdSource
  /** The origin that links begin with. */
  readonly address: () => string
}

export function createUserList({ people, newId, address }: UserListDeps): UserList {
  const audit = ({ userId, ipAddress }: Actor) => ({ id: newId(), actorId: userId, ipAddress })

  const toLink = ({ token }: OneTimeToken, expiresAt: Date): PasswordLink => ({
    url: `${address()}/password#${token}`,
    expires_at: expiresAt.toISOString(),
  })

  return {
    async list({ cursor, limit }) {
      return toPage(await people.list(cursor, limit), limit, toUser)
    },
    async invite(actor, { name, email, role }) {
      const link = newOneTimeToken()
      const person = { name: readName(name), email: readEmail(email), role }
      const invited = await people.invite(person, link.hash, audit(actor))
      if (invited === undefined) throw emailTaken()
      return { user: toUser(invited.person), link: toLink(link, invited.expiresAt) }
    },
    async linkPassword(actor, userId) {
      const link = newOneTimeToken()
      const expiresAt = await people.linkPassword(userId, link.hash, audit(actor))
      if (expiresAt === undefined) throw new Fault('not_found', 'There is no such user.')
      return toLink(link, expiresAt)
    },
  }
}
