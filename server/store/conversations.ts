import { type Selectable, sql } from 'kysely'
import type { Database } from './database.ts'
import type { ConversationsTable } from './schema.ts'
import type { Idempotency } from './start-turn.ts'

export type ConversationRow = Selectable<ConversationsTable>

export interface NewConversationRow {
  readonly id: string
  readonly title: string | null
  readonly model: string
  readonly systemPrompt: string | null
  readonly projectId: string | null
  readonly expiresAt: Date | null
}

/** What a change may set; what is absent stays. */
export interface ConversationPatch {
  readonly title?: string
  readonly model?: string
  readonly system_prompt?: string | null
  readonly project_id?: string | null
  readonly pinned?: boolean
  readonly archived_at?: Date | null
}

/** Where a page of conversations ended: newest activity first, the id deciding between equals. */
export interface ConversationCursor {
  readonly updatedAt: Date
  readonly id: string
}

export interface ConversationFilter {
  readonly archived: boolean
  readonly projectId: string | undefined
  readonly after: ConversationCursor | undefined
  readonly limit: number
}

/** One owner's conversations. A deleted one is not there, but `restore` brings it back within 24 hours. */
export interface Conversations {
  /** Undefined when another request came first under this idempotency key; then nothing is written. */
  create(conversation: NewConversationRow, idempotency: Idempotency | undefined): Promise<ConversationRow | undefined>
  get(id: string): Promise<ConversationRow | undefined>
  /** The model it picked; undefined when it is not there. */
  modelOf(id: string): Promise<string | undefined>
  /** Temporary ones are left out. */
  list(filter: ConversationFilter): Promise<ConversationRow[]>
  change(id: string, patch: ConversationPatch): Promise<ConversationRow | undefined>
  /** Gives it the title a model wrote, unless the user has named it in the meantime. */
  nameProvisionally(id: string, title: string): Promise<void>
  /** Whether it was deleted now, or had been before; undefined when it was not there. */
  remove(id: string): Promise<'now' | 'before' | undefined>
  /** Within 24 hours; undefined after that, and where it was not deleted. */
  restore(id: string): Promise<ConversationRow | undefined>
}

export function createConversations({ kysely, query }: Database, userId: string): Conversations {
  const mine = () => kysely.selectFrom('conversations').selectAll().where('user_id', '=', userId)
  return {
    create: (conversation, idempotency) =>
      kysely.transaction().execute(async transaction => {
        if (idempotency !== undefined) {
          const { key, requestHash } = idempotency
          const taken = await transaction
            .insertInto('idempotency_keys')
            .values({ user_id: userId, key, request_hash: requestHash, object_id: conversation.id })
            .onConflict(conflict => conflict.doNothing())
            .returning('key')
            .executeTakeFirst()
          if (taken === undefined) return undefined
        }
        return transaction
          .insertInto('conversations')
          .values({
            user_id: userId,
            id: conversation.id,
            title: conversation.title,
            model: conversation.model,
            system_prompt: conversation.systemPrompt,
            project_id: conversation.projectId,
            expires_at: conversation.expiresAt,
          })
          .returningAll()
          .executeTakeFirstOrThrow()
      }),
    get: id => mine().where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst(),
    async modelOf(id) {
      const [row] = await query<{ model: string }>(
        'SELECT model FROM conversations WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL',
        [userId, id],
      )
      return row?.model
    },
    list({ archived, projectId, after, limit }) {
      let query = mine()
        .where('deleted_at', 'is', null)
        .where('expires_at', 'is', null)
        .where('archived_at', archived ? 'is not' : 'is', null)
      if (projectId !== undefined) query = query.where('project_id', '=', projectId)
      if (after !== undefined) {
        const { updatedAt, id } = after
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('updated_at', 'id'), '<', tuple(eb.val(updatedAt), eb.val(id))),
        )
      }
      return query.orderBy('updated_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
    },
    change: (id, patch) =>
      // An empty patch still answers with the row; `id` assigned to itself keeps the statement valid.
      kysely
        .updateTable('conversations')
        .set({ id, ...patch, ...(patch.title !== undefined && { title_provisional: false }) })
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .returningAll()
        .executeTakeFirst(),
    async nameProvisionally(id, title) {
      await kysely
        .updateTable('conversations')
        .set({ title, title_provisional: false })
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .where('title_provisional', '=', true)
        .execute()
    },
    async remove(id) {
      const [row] = await query<{ before: boolean }>(
        `UPDATE conversations c SET deleted_at = coalesce(c.deleted_at, now())
         FROM (SELECT deleted_at FROM conversations WHERE user_id = $1 AND id = $2 FOR UPDATE) was
         WHERE c.user_id = $1 AND c.id = $2 RETURNING was.deleted_at IS NOT NULL AS before`,
        [userId, id],
      )
      return row && (row.before ? 'before' : 'now')
    },
    restore: id =>
      kysely
        .updateTable('conversations')
        .set({ deleted_at: null })
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .where('deleted_at', '>', sql<Date>`now() - interval '24 hours'`) // the purge comes by once an hour
        .returningAll()
        .executeTakeFirst(),
  }
}
