import { z } from 'zod'
import type { Chat } from '#chat'
import { Conversation, ConversationChange, ConversationPage, Id, NewConversation, PageQuery } from '#protocol'
import type { App } from '../app.ts'
import { repeatableOf } from '../repeatable.ts'
import { principalOf } from '../require-caller.ts'
import { operation, problems } from './operation.ts'

const OneConversation = z.object({ id: Id })

const ListQuery = PageQuery.extend({
  archived: z.stringbool().default(false).describe('The archived ones instead of the others'),
  project_id: Id.optional(),
})

/** /conversations: make, list, read, change, delete, bring back. */
export function conversationRoutes(app: App, { conversations }: Chat): void {
  app.post(
    '/conversations',
    {
      schema: {
        ...operation('conversations', 'Create a conversation'),
        body: NewConversation,
        response: { 201: Conversation, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const conversation = await conversations.create(userId, request.body, repeatableOf(request))
      return reply.code(201).header('location', `/api/v1/conversations/${conversation.id}`).send(conversation)
    },
  )

  app.get(
    '/conversations',
    {
      schema: {
        ...operation('conversations', 'List conversations, newest activity first'),
        querystring: ListQuery,
        response: { 200: ConversationPage, ...problems(401, 422, 429, 503) },
      },
    },
    request =>
      conversations.list(principalOf(request).userId, {
        archived: request.query.archived,
        projectId: request.query.project_id,
        cursor: request.query.cursor,
        limit: request.query.limit,
      }),
  )

  app.get(
    '/conversations/:id',
    {
      schema: {
        ...operation('conversations', 'Read a conversation'),
        params: OneConversation,
        response: { 200: Conversation, ...problems(401, 404, 429, 503) },
      },
    },
    request => conversations.get(principalOf(request).userId, request.params.id),
  )

  app.patch(
    '/conversations/:id',
    {
      schema: {
        ...operation('conversations', 'Rename, pin, archive, or change the model or system prompt'),
        params: OneConversation,
        body: ConversationChange,
        response: { 200: Conversation, ...problems(400, 401, 403, 404, 413, 415, 422, 429, 503) },
      },
    },
    request => conversations.change(principalOf(request).userId, request.params.id, request.body),
  )

  app.delete(
    '/conversations/:id',
    {
      schema: {
        ...operation('conversations', 'Delete a conversation; can be undone for 24 hours'),
        params: OneConversation,
        response: { 204: z.null().describe('Deleted'), ...problems(401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      await conversations.remove(principalOf(request).userId, request.params.id)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/conversations/:id/restore',
    {
      schema: {
        ...operation('conversations', 'Bring a deleted conversation back'),
        params: OneConversation,
        response: { 200: Conversation, ...problems(401, 403, 404, 429, 503) },
      },
    },
    request => conversations.restore(principalOf(request).userId, request.params.id),
  )
}
