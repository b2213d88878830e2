import { type Clock, cleanText, Fault, type IdSource } from '#kit'
import type { LlmRouter } from '#llm-router'
import type {
  Conversation,
  ConversationChange,
  ConversationPage,
  Message,
  MessagePage,
  NewConversation,
  Page,
  Rating,
} from '#protocol'
import type { ConversationPatch, Store } from '#store'
import { objectMadeUnder, type RepeatableRequest, toIdempotency } from './accept-turn.ts'
import { readConversationCursor, readPositionCursor, writeConversationCursor, writePositionCursor } from './cursor.ts'
import { toConversation, toMessage } from './to-wire.ts'

export interface ConversationQuery {
  readonly archived: boolean
  readonly projectId: string | undefined
  readonly cursor: string | undefined
  readonly limit: number
}

/**
 * One user's conversations as callers see them. What is not the user's, unknown or deleted is `not_found`; a cursor that
 * is not one of ours is `invalid_field`.
 */
export interface ConversationService {
  /** Throws `model_not_found` for a model that is not offered. */
  create(userId: string, input: NewConversation, repeatable?: RepeatableRequest): Promise<Conversation>
  list(userId: string, query: ConversationQuery): Promise<ConversationPage>
  get(userId: string, id: string): Promise<Conversation>
  change(userId: string, id: string, change: ConversationChange): Promise<Conversation>
  /** Can be undone with `restore` for 24 hours. */
  remove(userId: string, id: string): Promise<void>
  restore(userId: string, id: string): Promise<Conversation>
  messages(userId: string, id: string, cursor: string | undefined, limit: number): Promise<MessagePage>
  /** Rates an answer; null takes the rating back. */
  rate(userId: string, id: string, messageId: string, rating: Rating): Promise<Message>
}

export interface ConversationDeps {
  readonly store: Store
  readonly llmRouter: LlmRouter
  /** Tells what keeps answers that those of this conversation are to be forgotten. */
  readonly forgetAnswers: (conversationId: string) => Promise<void>
  readonly newId: IdSource
  readonly clock: Clock
}

const temporaryForMs = 24 * 3_600_000

export function createConversationService(deps: ConversationDeps): ConversationService {
  const { store, llmRouter, forgetAnswers, newId, clock } = deps
  return {
    async create(userId, input, repeatable) {
      const owner = store.of(userId)
      const idempotency = toIdempotency(repeatable)
      const made = await objectMadeUnder(owner, idempotency)
      if (made !== undefined) return toConversation(found(await owner.conversations.get(made)))
      const model = input.model ?? llmRouter.defaultModel()
      llmRouter.resolve(model)
      const fresh = {
        id: newId(),
        title: clean(input.title),
        model,
        systemPrompt: clean(input.system_prompt),
        projectId: input.project_id ?? null,
        expiresAt: input.temporary ? new Date(clock.now() + temporaryForMs) : null,
      }
      const row = await owner.conversations.create(fresh, idempotency)
      if (row !== undefined) return toConversation(row)
      const first = await objectMadeUnder(owner, idempotency)
      return toConversation(found(first === undefined ? undefined : await owner.conversations.get(first)))
    },
    async list(userId, { archived, projectId, cursor, limit }) {
      const after = cursor === undefined ? undefined : readConversationCursor(cursor)
      const rows = await store.of(userId).conversations.list({ archived, projectId, after, limit: limit + 1 })
      return toPage(rows, limit, toConversation, writeConversationCursor)
    },
    async get(userId, id) {
      return toConversation(found(await store.of(userId).conversations.get(id)))
    },
    async change(userId, id, change) {
      if (change.model !== undefined) llmRouter.resolve(change.model)
      const patch = toPatch(change, new Date(clock.now()))
      return toConversation(found(await store.of(userId).conversations.change(id, patch)))
    },
    async remove(userId, id) {
      const removed = await store.of(userId).conversations.remove(id)
      // Also where it is repeated: whoever did not hear of the first try's success may be the only one to finish it.
      if (removed !== undefined) await forgetAnswers(id)
      found(removed === 'now' || undefined)
    },
    async restore(userId, id) {
      const { conversations } = store.of(userId)
      return toConversation(found((await conversations.restore(id)) ?? (await conversations.get(id))))
    },
    async messages(userId, id, cursor, limit) {
      const owner = store.of(userId)
      found(await owner.conversations.get(id))
      const after = cursor === undefined ? 0 : readPositionCursor(cursor)
      const rows = await owner.messages.list(id, after, limit + 1)
      return toPage(rows, limit, toMessage, writePositionCursor)
    },
    async rate(userId, id, messageId, { value, comment }) {
      const owner = store.of(userId)
      found(await owner.conversations.get(id))
      const row = await owner.messages.rate(id, messageId, value, clean(comment))
      if (row === undefined) throw new Fault('not_found', 'There is no such answer in this conversation.')
      return toMessage(row)
    },
  }
}

function toPatch({ title, model, system_prompt, project_id, pinned, archived }: ConversationChange, now: Date) {
  const patch: ConversationPatch = {
    ...(title !== undefined && { title: cleanText(title) }),
    ...(model !== undefined && { model }),
    ...(system_prompt !== undefined && { system_prompt: clean(system_prompt) }),
    ...(project_id !== undefined && { project_id }),
    ...(pinned !== undefined && { pinned }),
    ...(archived !== undefined && { archived_at: archived ? now : null }),
  }
  return patch
}

/** A page of `limit` items out of rows read one further, which tells whether there are more. */
function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  writeCursor: (row: Row) => string,
): Page<Item> {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const hasMore = rows.length > limit
  return {
    data: page.map(toItem),
    has_more: hasMore,
    next_cursor: hasMore && last !== undefined ? writeCursor(last) : null,
  }
}

const clean = (text: string | null | undefined) => (text ? cleanText(text) : null)

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Fault('not_found', 'There is no such conversation.')
  return value
}
