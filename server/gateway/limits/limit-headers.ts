import type { FastifyReply, FastifyRequest } from 'fastify'
import { principalOf } from '../require-caller.ts'
import type { Allowance } from './allowance.ts'
import { LimitReached, type Limits } from './limits.ts'

/**
 * A hook that counts every request of a user and shows what is left; past the limit it fails with `rate_limited`.
 * Add it as `onRequest` after `requireCaller`: it counts users, not addresses.
 */
export function limitRequests(limits: Limits) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { userId } = principalOf(request)
    await countAndShow(reply, limits.request(userId))
  }
}

/**
 * Counts one message of the caller and shows what is left; past the limit it rejects with `rate_limited`. For routes that start
 * a turn: after validation, before anything is stored, and before the headers of a stream are sent.
 */
export async function spendMessage(limits: Limits, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { userId } = principalOf(request)
  await countAndShow(reply, limits.message(userId))
}

/** Shows the allowance of a limit that is reached; what else comes of `counted` is left as it is. */
export async function showReached<Result>(reply: FastifyReply, counted: Promise<Result>): Promise<Result> {
  try {
    return await counted
  } catch (error) {
    if (error instanceof LimitReached) show(reply, error.allowance)
    throw error
  }
}

const countAndShow = async (reply: FastifyReply, counted: Promise<Allowance | undefined>) =>
  show(reply, await showReached(reply, counted))

/**
 * The three fields of draft-ietf-httpapi-ratelimit-headers-06, before they became one. The limit is what may come at
 * once; the reset is when all of it is there again. Of several meters the reply shows the one with the least left.
 * `Retry-After`, which says when one more is allowed, comes from the fault.
 */
function show(reply: FastifyReply, allowance: Allowance | undefined): void {
  if (allowance === undefined) return
  const shown = reply.getHeader('ratelimit-remaining')
  if (shown !== undefined && Number(shown) < allowance.remaining) return
  reply.headers({
    'ratelimit-limit': allowance.limit,
    'ratelimit-remaining': allowance.remaining,
    'ratelimit-reset': Math.ceil(allowance.resetMs / 1_000),
  })
}
