import { z } from 'zod'
import type { Chat } from '#chat'
import { Id, Message, MessagePage, NewMessage, PageQuery } from '#protocol'
import type { App } from '../app.ts'
import { principalOf } from '../require-key.ts'
import { operation, problems } from './operation.ts'

const OneConversation = z.object({ id: Id })

/** /conversations/{id}/messages: the tree, and the next message. */
export function messageRoutes(app: App, chat: Chat): void {
  app.get(
    '/conversations/:id/messages',
    {
      schema: {
        ...operation('messages', 'Read the tree of messages, oldest first'),
        params: OneConversation,
        querystring: PageQuery,
        response: { 200: MessagePage, ...problems(401, 404, 422, 503) },
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
        ...operation('messages', 'Send a message and wait for the answer'),
        description:
          'The message and its turn are stored before anything is generated. A client that disconnects does not stop the answer; it is found in the conversation afterwards.',
        params: OneConversation,
        body: NewMessage,
        response: { 200: Message, ...problems(400, 401, 404, 413, 415, 422, 502, 503) },
      },
    },
    async request => {
      const { userId } = principalOf(request)
      const { id } = request.params
      const sent = await chat.send(userId, id, request.body)
      return chat.answer(userId, id, sent)
    },
  )
}
