import type { Clock } from '#kit'
import type { Sessions } from '#store'
import { createBelieved } from './believed.ts'
import type { Principal } from './principal.ts'
import type { SessionCookie } from './session-cookie.ts'

/** Callers by the cookie of a session. `cookies` is the header of that name, as it came. */
export interface SessionAuthenticator {
  /** As the API's description names it. */
  readonly cookieName: string
  /** Whether the request says that it comes with a session, be it a good one or not. */
  isIn(cookies: string | undefined): boolean
  /** Who is signed in; undefined where nobody is. A cookie that this instance has not signed is not looked up. */
  authenticate(cookies: string | undefined): Promise<Principal | undefined>
  /** A `Set-Cookie` when the session, found good before, was prolonged: once a day, and after a change of the secret. */
  prolong(cookies: string | undefined): Promise<string | undefined>
}

/** The same, with what only this module may do: ended sessions are forgotten here at once. */
export interface OwnSessions extends SessionAuthenticator {
  forget(tokens: readonly string[]): void
}

export function createSessionAuthenticator(sessions: Sessions, cookie: SessionCookie, clock: Clock): OwnSessions {
  const holders = createBelieved(sessions.holder, clock)
  return {
    cookieName: cookie.name,
    isIn: cookie.isIn,
    async authenticate(cookies) {
      const signed = cookie.read(cookies)
      const holder = signed && (await holders.get(signed.token))
      return holder && { userId: holder.userId, admin: holder.admin, sessionId: holder.sessionId }
    },
    async prolong(cookies) {
      const signed = cookie.read(cookies)
      if (signed === undefined) return undefined
      const { token, outdated } = signed
      const due = (await holders.get(token))?.due ?? false
      if (due) holders.forget(token)
      return (due && (await sessions.prolong(token))) || outdated ? cookie.write(token) : undefined
    },
    forget: tokens => tokens.forEach(holders.forget),
  }
}
