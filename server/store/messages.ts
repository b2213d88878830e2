import type { Selectable } from 'kysely'
import type { Role, TurnStatus } from '#protocol'
import type { Database } from './database.ts'
import type { MessagesTable } from './schema.ts'

export type MessageRow = Selectable<MessagesTable>

/** A message as the prompt sees it. */
export interface BranchMessage {
  readonly role: Role
  readonly content: string
  readonly status: TurnStatus
}

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
  /**
   * The branch that ends in `leafId`, oldest first: as many of its newest messages as hold at most `maxCharacters`
   * together, and never fewer than the leaf. Older ones are not read.
   */
  branch(conversationId: string, leafId: string, maxCharacters: number): Promise<BranchMessage[]>
}

export function createMessages({ kysely, query }: Database, userId: string): Messages {
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
    async branch(conversationId, leafId, maxCharacters) {
      return query<BranchRow>(branch, [userId, conversationId, leafId, maxCharacters])
    },
  }
}

type BranchRow = { role: Role; content: string; status: TurnStatus }

// `characters` counts what stands after a message, so the walk stops behind the first that does not fit any more.
const branch = `
WITH RECURSIVE branch AS (
  SELECT parent_id, position, role, content, status, 0 AS characters
  FROM messages WHERE user_id = $1 AND conversation_id = $2 AND id = $3
  UNION ALL
  SELECT m.parent_id, m.position, m.role, m.content, m.status, b.characters + length(b.content)
  FROM branch b
  JOIN messages m ON m.user_id = $1 AND m.conversation_id = $2 AND m.id = b.parent_id
  WHERE b.characters + length(b.content) + length(m.content) <= $4
)
SELECT role, content, status FROM branch ORDER BY position`
