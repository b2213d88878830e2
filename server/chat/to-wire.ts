import type { Conversation, Message, Turn } from '#protocol'
import type { ConversationRow, MessageRow, TurnRow } from '#store'

/** Rows as callers see them. */
export const toConversation = (row: ConversationRow): Conversation => ({
  id: row.id,
  title: row.title,
  model: row.model,
  system_prompt: row.system_prompt,
  project_id: row.project_id,
  temporary: row.expires_at !== null,
  pinned: row.pinned,
  archived_at: row.archived_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

export const toMessage = (row: MessageRow): Message => ({
  id: row.id,
  parent_id: row.parent_id,
  turn_id: row.turn_id,
  role: row.role,
  content: row.content,
  model: row.model,
  served_by: row.served_by && row.served_model ? { model: row.served_model, cluster: row.served_by } : null,
  tokens: row.tokens,
  status: row.status,
  finish_reason: row.finish_reason,
  cached: row.cached,
  category: row.category,
  rating: row.rating,
  created_at: row.created_at.toISOString(),
})

export const toTurn = (row: TurnRow): Turn => ({
  id: row.id,
  conversation_id: row.conversation_id,
  message_id: row.message_id,
  user_message_id: row.user_message_id,
  status: row.status,
  model: row.model,
  error: row.fault_code && { code: row.fault_code, message: row.fault_detail ?? '' },
  created_at: row.created_at.toISOString(),
  started_at: row.started_at?.toISOString() ?? null,
  ended_at: row.ended_at?.toISOString() ?? null,
})
