import type { FastifyRequest } from 'fastify'
import type { RepeatableRequest } from '#chat'
import { Fault } from '#kit'

const longestKey = 255

/** The request's `Idempotency-Key`, with what makes this request the same as another; undefined where none was sent. */
export function repeatableOf(request: FastifyRequest): RepeatableRequest | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || key === '' || key.length > longestKey) {
    throw new Fault('invalid_field', `must be one header of 1 to ${longestKey} characters`, {
      field: 'Idempotency-Key',
    })
  }
  const path = request.url.replace(/\?.*$/s, '')
  return { key, request: `${request.method} ${path} ${JSON.stringify(request.body)}` }
}
