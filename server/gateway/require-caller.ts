import type { FastifyRequest } from 'fastify'
import type { KeyAuthenticator, Principal } from '#accounts'
import { Fault } from '#kit'

/** Longer than any key we accept; what is longer is not even hashed. */
const longestKey = 1_024

/** A hook that lets only callers with a live API key pass; others get the fault `unauthenticated`. */
export function requireKey(authenticator: KeyAuthenticator) {
  return async (request: FastifyRequest): Promise<void> => {
    const key = bearerOf(request)
    if (key === undefined) throw new Fault('unauthenticated', 'Send an API key: `Authorization: Bearer <key>`.')
    const principal = await authenticator.authenticate(key)
    if (principal === undefined) throw new Fault('unauthenticated', 'This API key is unknown, expired or revoked.')
    request.principal = principal
  }
}

/** The caller of a request behind `requireKey`. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error('a route without authentication asked who is calling')
  return request.principal
}

export function bearerOf(request: FastifyRequest): string | undefined {
  const key = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return key !== undefined && key.length <= longestKey ? key : undefined
}
