import type { FastifyRequest } from 'fastify'
import { bearerOf } from '../bearer-key.ts'

/** The protocol that both sides speak; the only one the server answers with. */
const protocolName = 'parley.v1'
const keyPrefix = 'bearer.'
/** Longer than any key we accept; see `bearerOf`. */
const longestKey = 1_024

/**
 * The API key of a request for a socket: the Bearer header, or, for browsers, which cannot send one, the subprotocols
 * `parley.v1, bearer.<key>`. Never the URL, which proxies and logs keep.
 */
export function socketKeyOf(request: FastifyRequest): string | undefined {
  const bearer = bearerOf(request)
  if (bearer !== undefined) return bearer
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(name => name.trim())
  if (!offered.includes(protocolName)) return undefined
  const key = offered.find(name => name.startsWith(keyPrefix))?.slice(keyPrefix.length)
  return key !== undefined && key !== '' && key.length <= longestKey ? key : undefined
}

/** Answers the offered subprotocols. The one that holds a key is never sent back. */
export const chooseProtocol = (offered: ReadonlySet<string>): string | false =>
  offered.has(protocolName) ? protocolName : false
