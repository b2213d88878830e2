import type { FastifyReply, FastifyRequest } from 'fastify'
import type { KeyAuthenticator, Principal, SessionAuthenticator } from '#accounts'
import type { RequestClass } from '#chat'
import { Fault } from '#kit'
import type { AllowedOrigins } from './allowed-origins.ts'
import { bearerOf } from './bearer-key.ts'

/** Who may call, and from where a browser may. */
export interface Callers {
  readonly keys: KeyAuthenticator
  readonly sessions: SessionAuthenticator
  readonly origins: AllowedOrigins
}

/**
 * A hook that lets only callers with a live API key or session pass; others get the fault `unauthenticated`. A key wins
 * over a cookie, which browsers send by themselves. With a cookie alone, a request that may change something must come
 * from a page of an allowed origin, else it gets the fault `forbidden`.
 */
export function requireCaller({ keys, sessions, origins }: Callers) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const key = bearerOf(request)
    if (key !== undefined) {
      request.principal = known(await keys.authenticate(key), 'This API key is unknown, expired or revoked.')
      return
    }
    const { cookie } = request.headers
    if (!sessions.isIn(cookie)) throw new Fault('unauthenticated', howToCall)
    if (!safeMethods.has(request.method)) origins.require(request)
    request.principal = known(await sessions.authenticate(cookie), 'This session has ended. Sign in again.')
    const renewed = await sessions.prolong(cookie)
    if (renewed !== undefined) reply.header('set-cookie', renewed)
  }
}

/** For whoever calls with nothing. */
export const howToCall = 'Sign in, or send an API key: `Authorization: Bearer <key>`.'

/** The caller of a request behind `requireCaller`. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error('a route without authentication asked who is calling')
  return request.principal
}

/** A person waits before the page; behind a key there is a program. */
export const classOf = ({ sessionId }: Principal): RequestClass => (sessionId === undefined ? 'default' : 'interactive')

/** They change nothing (RFC 9110, section 9.2.1), and browsers send some of them without an Origin. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

function known(principal: Principal | undefined, otherwise: string): Principal {
  if (principal === undefined) throw new Fault('unauthenticated', otherwise)
  return principal
}
