import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import { type PromptContext, readPromptContext } from './prompt-context.ts'
import type { MessagesTable } from './schema.ts'

export type MessageRow = Selectable<MessagesTable>

/** One owner's messages: a tree in each conversation, ordered by `position`. */
export interface Messages {
  /** Oldest first, after `position`. */
  list(conversationId: string, after: number, limit: number): Promise<MessageRow[]>
  get(conversationId: string, id: string): Promise<MessageRow | undefined>
  /** Rates an answer, or takes the rating back; undefined when there is no such answer. */
  rate(
    conversationId: string,
    id: string,
    value: 1 | -1 | null,
    comment: string | null,
  ): Promise<MessageRow | undefined>
  /** See `readPromptContext`. */
  promptContext(conversationId: string, leafId: string, maxCharacters: number): Promise<PromptContext | undefined>
}

export function createMessages(database: Database, userId: string): Messages {
  const { kysely } = database
  return {
    list: (conversationId, after, limit) =>
      kysely
        .selectFrom('messages')
        .selectAll()
        .where('user_id', '=', userId)
        .where('conversation_id', '=', conversationId)
        .where('position', '>', after)
        .orderBy('position')
        .limit(limit)
        .execute(),
    get: (conversationId, id) =>
      kysely
        .selectFrom('messages')
        .selectAll()
        .where('user_id', '=', userId)
        .where('conversation_id', '=', conversationId)
        .where('id', '=', id)
        .executeTakeFirst(),
    rate: (conversationId, id, value, comment) =>
      kysely
        .updateTable('messages')
        .set({ rating: value, rating_comment: comment })
        .where('user_id', '=', userId)
        .where('conversation_id', '=', conversationId)
        .where('id', '=', id)
        .where('role', '=', 'assistant')
        .returningAll()
        .executeTakeFirst(),
    promptContext: (conversationId, leafId, maxCharacters) =>
      readPromptContext(database, userId, conversationId, leafId, maxCharacters),
  }
}
