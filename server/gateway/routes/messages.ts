import { z } from 'zod'
import type { Chat } from '#chat'
import { Id, Message, MessagePage, NewMessage, PageQuery, Rating, Regeneration } from '#protocol'
import { answerTurn, turnHeaders, turnResponses } from '../answer-turn.ts'
import type { App } from '../app.ts'
import { spendMessage } from '../limits/limit-headers.ts'
import type { Limits } from '../limits/limits.ts'
import { repeatableOf } from '../repeatable.ts'
import { classOf, principalOf } from '../require-caller.ts'
import { operation, problems } from './operation.ts'

const OneConversation = z.object({ id: Id })
const OneMessage = z.object({ id: Id, messageId: Id })

/** /conversations/{id}/messages: the tree, the next message, another answer, a rating. */
export function messageRoutes(app: App, chat: Chat, limits: Limits): void {
  app.get(
    '/conversations/:id/messages',
    {
      schema: {
        ...operation('messages', 'Read the tree of messages, oldest first'),
        params: OneConversation,
        querystring: PageQuery,
        response: { 200: MessagePage, ...problems(401, 404, 422, 429, 503) },
      },
    },
    request =>
      chat.conversations.messages(
        principalOf(request).userId,
        request.params.id,
        request.query.cursor,
        request.query.limit,
      ),
  )

  app.post(
    '/conversations/:id/messages',
    {
      schema: {
        ...operation('messages', 'Send a message'),
        ...turnHeaders,
        params: OneConversation,
        body: NewMessage,
        response: { ...turnResponses, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 502, 503) },
      },
    },
    async (request, reply) => {
      const accepted = await chat.begin.send(principalOf(request).userId, request.params.id, request.body, {
        repeatable: repeatableOf(request),
        class: classOf(principalOf(request)),
        beforeStart: () => spendMessage(limits, request, reply),
      })
      return answerTurn(chat, request, reply, accepted)
    },
  )

  app.post(
    '/conversations/:id/messages/:messageId/regenerate',
    {
      schema: {
        ...operation('messages', 'Have an answer written again, beside the first'),
        ...turnHeaders,
        params: OneMessage,
        body: Regeneration,
        response: { ...turnResponses, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 502, 503) },
      },
    },
    async (request, reply) => {
      const { id, messageId } = request.params
      const accepted = await chat.begin.regenerate(principalOf(request).userId, id, messageId, request.body.model, {
        repeatable: repeatableOf(request),
        class: classOf(principalOf(request)),
        beforeStart: () => spendMessage(limits, request, reply),
      })
      return answerTurn(chat, request, reply, accepted)
    },
  )

  app.put(
    '/conversations/:id/messages/:messageId/rating',
    {
      schema: {
        ...operation('messages', 'Rate an answer, or take the rating back'),
        params: OneMessage,
        body: Rating,
        response: { 200: Message, ...problems(400, 401, 403, 404, 413, 415, 422, 429, 503) },
      },
    },
    request => {
      const { id, messageId } = request.params
      return chat.conversations.rate(principalOf(request).userId, id, messageId, request.body)
    },
  )
}
