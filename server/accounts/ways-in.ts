import { hashPassword } from 'better-auth/crypto'
import { Fault, type IdSource } from '#kit'
import type { Instance, PasswordByLink, SetUp, SignIn, User } from '#protocol'
import type { Directory, OneTimeLinks, People, Sessions } from '#store'
import { hashOneTimeToken, newOneTimeToken } from './one-time-token.ts'
import { emailTaken, readEmail, readName } from './person-fields.ts'
import type { OwnSessions } from './session-authenticator.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { Device, SignInByPassword } from './sign-in.ts'
import { toUser } from './to-wire.ts'

/** Somebody, and the `Set-Cookie` that keeps them signed in. */
export interface SignedIn {
  readonly user: User
  readonly setCookie: string
}

/** What nobody need be signed in for. */
export interface WaysIn {
  instance(): Promise<Instance>
  /**
   * The token of a new set-up link; undefined where there is an admin. Earlier ones stay good: other servers of the
   * instance may have printed them.
   */
  newSetUpToken(): Promise<string | undefined>
  /** Spends the set-up link. A token that is spent, too old or wrong is the fault `invalid_field`, naming `token`. */
  setUp(request: SetUp, device: Device): Promise<SignedIn>
  /** Wrong in any way: the fault `unauthenticated`, always in the same words. */
  signIn(request: SignIn, device: Device): Promise<SignedIn>
  /** Spends a password link, ends every session of its user, and signs them in. Faults as in `setUp`. */
  setPassword(request: PasswordByLink, device: Device): Promise<SignedIn>
  /** Ends the session of these cookies, if there is one; returns the `Set-Cookie` that forgets it. */
  signOut(cookies: string | undefined): Promise<string>
}

export interface WaysInDeps {
  readonly directory: Directory
  readonly people: People
  readonly sessions: Sessions
  readonly links: OneTimeLinks
  readonly authenticator: OwnSessions
  readonly cookie: SessionCookie
  readonly signInByPassword: SignInByPassword
  readonly newId: IdSource
  readonly release: string
}

export function createWaysIn(deps: WaysInDeps): WaysIn {
  const { directory, people, sessions, links, authenticator, cookie, signInByPassword, newId, release } = deps
  let isSetUp = false

  async function enter(email: string, password: string, device: Device): Promise<SignedIn> {
    const token = await signInByPassword(email, password, device)
    const holder = token === undefined ? undefined : await sessions.holder(token)
    const person = holder && (await people.person(holder.userId))
    if (token === undefined || person === undefined) throw new Fault('unauthenticated', wrongSignIn)
    return { user: toUser(person), setCookie: cookie.write(token) }
  }

  /** Before the password is hashed, which is a lot of work for a link that is none. */
  async function openLink(token: string): Promise<string> {
    const hash = hashOneTimeToken(token)
    if (!(await links.isOpen(hash))) throw spent()
    return hash
  }

  return {
    async instance() {
      // An instance never goes back, so the database is not asked by everybody for ever.
      isSetUp ||= await directory.hasAdmin()
      return { release, set_up: isSetUp }
    },
    async newSetUpToken() {
      if (await directory.hasAdmin()) return undefined
      const { token, hash } = newOneTimeToken()
      await links.addSetUp(hash)
      return token
    },
    async setUp({ token, password, ...request }, device) {
      const person = { name: readName(request.name), email: readEmail(request.email), role: 'admin' as const }
      const hash = await openLink(token)
      const audit = { id: newId(), actorId: null, ipAddress: device.ipAddress }
      const made = await links.spendSetUp(hash, person, await hashPassword(password), audit)
      if (made === 'spent') throw spent()
      if (made === 'email_taken') throw emailTaken()
      return enter(made.email, password, device)
    },
    signIn: ({ email, password }, device) => enter(email, password, device),
    async setPassword({ token, password }, device) {
      const hash = await openLink(token)
      const changed = await links.spendPassword(hash, await hashPassword(password))
      if (changed === undefined) throw spent()
      authenticator.forget(changed.ended)
      return enter(changed.email, password, device)
    },
    async signOut(cookies) {
      const token = cookie.read(cookies)?.token
      if (token !== undefined) {
        await sessions.endByToken(token)
        authenticator.forget([token])
      }
      return cookie.clear()
    },
  }
}

const wrongSignIn = 'The e-mail address or the password is wrong.'

const spent = () =>
  new Fault('invalid_field', 'This link was used already, is older than 24 hours, or is not complete.', {
    field: 'token',
  })
