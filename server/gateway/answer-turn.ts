import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Chat } from '#chat'
import { Fault } from '#kit'
import { AcceptedTurn, Message, TurnEvent } from '#protocol'
import { clusterHeaders } from './cluster-headers.ts'
import { principalOf } from './require-caller.ts'
import { streamTurn } from './stream-turn.ts'

/**
 * Answers a request that began a turn in the way its sender asked for: the events as they come (`stream: true` or
 * `Accept: text/event-stream`), the receipt at once (`Prefer: respond-async`), or else the whole answer at its end.
 */
export async function answerTurn(
  chat: Chat,
  request: FastifyRequest,
  reply: FastifyReply,
  accepted: AcceptedTurn,
): Promise<FastifyReply> {
  const { userId, admin } = principalOf(request)
  if (wantsReceipt(request)) {
    return reply.code(202).header('preference-applied', 'respond-async').send(accepted)
  }
  if (!wantsStream(request)) {
    const message = await chat.answer(userId, accepted)
    if (admin) reply.headers(clusterHeaders(message, await chat.turn(userId, accepted.turn_id)))
    return reply.send(message)
  }
  const feed = await chat.follow(userId, accepted.turn_id, 0)
  if (feed === undefined) throw new Fault('not_found', 'There is no such turn.')
  streamTurn(feed, reply)
  return reply
}

/** The three answers, for the description of a route. */
export const turnResponses = {
  200: {
    description: 'The answer at its end, or its events as they come',
    content: {
      'application/json': { schema: Message },
      'text/event-stream': { schema: TurnEvent },
    },
  },
  202: AcceptedTurn.describe('Accepted; follow it under /turns'),
} as const

export const turnHeaders = {
  description:
    'Everything is stored before anything is generated, and a client that disconnects stops nothing. Answers with the ' +
    "assistant's message (to an administrator with `x-parley-cluster`, `-tries` and `-reason` as headers); with `stream: true` or `Accept: text/event-stream` with the turn's events; with " +
    '`Prefer: respond-async` with a receipt at once. `Idempotency-Key` makes it safe to send again.',
}

const wantsReceipt = ({ headers }: FastifyRequest) =>
  [headers.prefer ?? ''].flat().some(value => /(^|[,;\s])respond-async($|[,;\s])/i.test(value))

function wantsStream({ headers, body }: FastifyRequest): boolean {
  const asked = typeof body === 'object' && body !== null && 'stream' in body && body.stream === true
  return asked || (headers.accept ?? '').includes('text/event-stream')
}
