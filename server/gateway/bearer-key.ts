import type { FastifyRequest } from 'fastify'

/** Longer than any key we accept; what is longer is not even hashed. */
const longestKey = 1_024

/** The API key in the header `Authorization: Bearer <key>`; undefined for any other form. */
export function bearerOf(request: FastifyRequest): string | undefined {
  const key = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return key !== undefined && key.length <= longestKey ? key : undefined
}
