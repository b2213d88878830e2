import type { FastifyRequest } from 'fastify'
import { Fault } from '#kit'
import { principalOf } from './require-caller.ts'

/** A hook that lets only admins pass; others get the fault `forbidden`. Add it as `onRequest` after `requireCaller`. */
export async function requireAdmin(request: FastifyRequest): Promise<void> {
  if (!principalOf(request).admin) throw new Fault('forbidden', 'Only an admin may do this.')
}
