import type { ColumnType, Generated } from 'kysely'
import type { FinishReason, Role, TurnStatus } from '#protocol'

/**
 * The tables that Kysely queries touch, as the migrations define them. Tables that only hand-written statements reach
 * (turns, usage, generations) are described beside those statements.
 */
export interface Schema {
  users: UsersTable
  accounts: AccountsTable
  api_keys: ApiKeysTable
  settings: SettingsTable
  idempotency_keys: IdempotencyKeysTable
  conversations: ConversationsTable
  messages: MessagesTable
}

type CreatedAt = ColumnType<Date, never, never>
type UpdatedAt = ColumnType<Date, never, Date>

interface UsersTable {
  id: Generated<string>
  name: string
  email: string
  email_verified: Generated<boolean>
  role: Generated<'user' | 'admin'>
  banned: Generated<boolean>
  created_at: CreatedAt
  updated_at: UpdatedAt
}

interface AccountsTable {
  id: Generated<string>
  user_id: string
  account_id: string
  provider_id: string
  password: string | null
  created_at: CreatedAt
  updated_at: UpdatedAt
}

interface ApiKeysTable {
  id: string
  user_id: string
  name: string
  hash: Buffer
  prefix: string
  created_at: CreatedAt
  last_used_at: Date | null
  expires_at: Date | null
  revoked_at: Date | null
}

interface IdempotencyKeysTable {
  user_id: string
  key: string
  request_hash: Buffer
  object_id: string
}

interface SettingsTable {
  key: string
  value: ColumnType<unknown, string, string>
  updated_at: UpdatedAt
}

export interface ConversationsTable {
  user_id: string
  id: string
  title: string | null
  title_provisional: Generated<boolean>
  model: string
  system_prompt: string | null
  head_id: string | null
  project_id: string | null
  pinned: Generated<boolean>
  archived_at: Date | null
  deleted_at: Date | null
  expires_at: Date | null
  created_at: CreatedAt
  updated_at: UpdatedAt
}

export interface MessagesTable {
  user_id: string
  conversation_id: string
  id: string
  position: number
  parent_id: string | null
  turn_id: string | null
  role: Role
  content: string
  tokens: number | null
  model: string | null
  served_by: string | null
  served_model: string | null
  status: TurnStatus
  finish_reason: FinishReason | null
  cached: Generated<boolean>
  category: string | null
  rating: 1 | -1 | null
  rating_comment: string | null
  created_at: CreatedAt
}
