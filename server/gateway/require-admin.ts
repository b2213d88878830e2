import type { FastifyRequest } from 'fastify'
import { Fault } from '#kit'
import { principalOf } from './require-key.ts'

/** A hook that lets only administrators pass; others get the fault `forbidden`. Add it as `onRequest` after `requireKey`. */
export async function requireAdmin(request: FastifyRequest): Promise<void> {
  if (!principalOf(request).admin) throw new Fault('forbidden', 'Only an administrator may do this.')
}
