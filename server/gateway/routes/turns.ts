import { z } from 'zod'
import type { Chat } from '#chat'
import { Id, Regeneration, Turn, TurnDetails, TurnEvent } from '#protocol'
import { answerTurn, turnHeaders, turnResponses } from '../answer-turn.ts'
import type { App } from '../app.ts'
import { spendMessage } from '../limits/limit-headers.ts'
import type { Limits } from '../limits/limits.ts'
import { repeatableOf } from '../repeatable.ts'
import { principalOf } from '../require-caller.ts'
import { streamTurn } from '../stream-turn.ts'
import { operation, problems } from './operation.ts'

const OneTurn = z.object({ id: Id })
const Place = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const EventsQuery = z.object({ after: Place.default(0).describe('`seq` of the last event you have') })
const EventsHeaders = z.object({ 'last-event-id': Place.optional().describe('Wins over `after`') })
const Continuation = Regeneration.omit({ model: true }).meta({ id: 'Continuation' })

/** /turns: how an answer is doing, its events, stop and continue. */
export function turnRoutes(app: App, chat: Chat, limits: Limits): void {
  app.get(
    '/turns/:id',
    {
      schema: {
        ...operation('turns', 'Read how a turn is doing, and which clusters were asked'),
        params: OneTurn,
        response: { 200: TurnDetails, ...problems(401, 404, 429, 503) },
      },
    },
    request => chat.turn(principalOf(request).userId, request.params.id),
  )

  app.get(
    '/turns/:id/events',
    {
      exposeHeadRoute: false,
      schema: {
        ...operation('turns', 'Follow a turn: its events after the last one you have, then live'),
        params: OneTurn,
        querystring: EventsQuery,
        headers: EventsHeaders,
        response: {
          200: { description: 'Server-sent events', content: { 'text/event-stream': { schema: TurnEvent } } },
          204: z.null().describe('The turn has ended and you have all of it'),
          ...problems(401, 404, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const after = request.headers['last-event-id'] ?? request.query.after
      const feed = await chat.follow(principalOf(request).userId, request.params.id, after)
      if (feed === undefined) return reply.code(204).send(null)
      streamTurn(feed, reply)
      return reply
    },
  )

  app.post(
    '/turns/:id/stop',
    {
      schema: {
        ...operation('turns', 'Stop a turn; the text so far is kept'),
        params: OneTurn,
        response: { 200: Turn, ...problems(401, 403, 404, 429, 503) },
      },
    },
    request => chat.stop(principalOf(request).userId, request.params.id),
  )

  app.post(
    '/turns/:id/continue',
    {
      schema: {
        ...operation('turns', 'Continue an answer that ended early, in a new turn on the same message'),
        ...turnHeaders,
        params: OneTurn,
        body: Continuation,
        response: { ...turnResponses, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 502, 503) },
      },
    },
    async (request, reply) => {
      const accepted = await chat.begin.goOn(principalOf(request).userId, request.params.id, {
        repeatable: repeatableOf(request),
        beforeStart: () => spendMessage(limits, request, reply),
      })
      return answerTurn(chat, request, reply, accepted)
    },
  )
}
