import pg from 'pg'
import type { Database } from './database.ts'

/** A turn about to be written. The ids are minted by the caller, so that an unknown commit can be looked up. */
export interface NewTurn {
  readonly turnId: string
  readonly conversationId: string
  readonly userMessageId: string
  /** The assistant's message, pending until the turn ends. */
  readonly answerId: string
  /** The message it follows; null starts a new root; undefined means the conversation's head. */
  readonly parentId: string | null | undefined
  readonly content: string
  readonly model: string
  readonly temperature: number | undefined
  readonly maxTokens: number | undefined
  /** The conversation's title, where it has none yet. */
  readonly title: string
  readonly start: StartTerms
}

/** What every way to start a turn needs. */
export interface StartTerms {
  /** The worker that will run it. */
  readonly owner: string
  /** Most turns of this user that may be queued or running; 0: no limit. */
  readonly mostOpen: number
  readonly idempotency: Idempotency | undefined
  /** A person waits for it. */
  readonly interactive: boolean
}

/** The caller's key for this request, and what tells whether another request under it is the same one. */
export interface Idempotency {
  readonly key: string
  readonly requestHash: Buffer
}

/**
 * `queued`: the answer it follows has not ended; `claimWaiting` hands the turn out when it has. Only of these two
 * anything was written. `no_message`: the parent, or the answer to begin again, is not there. `key_taken`: another
 * request came first under this idempotency key.
 */
export type StartOutcome = 'running' | 'queued' | 'no_conversation' | 'no_message' | 'too_many_open' | 'key_taken'

/**
 * Writes the user's message, the pending answer, the turn, and the conversation's head and position: all or nothing,
 * one round trip. The conversation's row is locked first, so of two starts at once the second sees the first's answer
 * as its head. What it needs to know of that answer stands in the locked row itself (`open_message_ids`): the other
 * tables are read in the snapshot from before the lock was granted.
 */
export function startTurn(database: Database, userId: string, turn: NewTurn): Promise<StartOutcome> {
  return start(database, statement, [
    userId,
    turn.conversationId,
    turn.turnId,
    turn.userMessageId,
    turn.answerId,
    turn.start.owner,
    turn.start.mostOpen,
    turn.start.idempotency?.key ?? null,
    turn.start.idempotency?.requestHash ?? null,
    turn.start.interactive,
    turn.parentId !== undefined,
    turn.parentId ?? null,
    turn.content,
    turn.model,
    turn.temperature ?? null,
    turn.maxTokens ?? null,
    turn.title,
  ])
}

interface StartRow {
  readonly found: boolean
  readonly too_many: boolean
  readonly waits: boolean | null
}

/** Runs one of the starting statements, which all answer with the same row. */
export async function start(database: Database, sql: string, values: readonly unknown[]): Promise<StartOutcome> {
  try {
    const [row] = await database.query<StartRow & pg.QueryResultRow>(sql, values)
    if (!row?.found) return 'no_conversation'
    if (row.too_many) return 'too_many_open'
    if (row.waits === null) return 'no_message'
    return row.waits ? 'queued' : 'running'
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.constraint === 'idempotency_keys_pkey') return 'key_taken'
    throw error
  }
}

/**
 * The beginning of every starting statement: the locked conversation, and whether the user has room for one more turn.
 * $1 user, $2 conversation, $3 turn, $4 question, $5 answer, $6 owner, $7 most open, $8 and $9 idempotency,
 * $10 whether a person waits.
 */
export const lockConversation = `
WITH conversation AS (
  SELECT head_id, last_position, open_message_ids
  FROM conversations
  WHERE user_id = $1 AND id = $2::uuid AND deleted_at IS NULL
  FOR UPDATE
), room AS (
  SELECT $7::integer = 0 OR (
    SELECT count(*) FROM turns WHERE user_id = $1 AND status IN ('queued', 'running')
  ) < $7::integer AS free
)`

/**
 * Their end: the key, the turn, and the verdict, out of `start(waits_for, waits, question_id, model, temperature,
 * max_tokens, fresh)`, which is empty where nothing may be written.
 */
export const writeTurn = `
, key AS (
  INSERT INTO idempotency_keys (user_id, key, request_hash, object_id)
  SELECT $1, $8::text, $9::bytea, $3 FROM start WHERE $8 IS NOT NULL
), turn AS (
  INSERT INTO turns (user_id, id, conversation_id, message_id, user_message_id, waits_for, status, owner, model,
                     temperature, max_tokens, fresh, interactive, started_at)
  SELECT $1, $3::uuid, $2, $5::uuid, question_id, CASE WHEN waits THEN waits_for END,
         CASE WHEN waits THEN 'queued' ELSE 'running' END,
         CASE WHEN waits THEN NULL ELSE $6::uuid END, model, temperature, max_tokens,
         fresh, $10, CASE WHEN waits THEN NULL ELSE now() END
  FROM start
)
SELECT EXISTS (SELECT FROM conversation) AS found, (SELECT NOT free FROM room) AS too_many,
       (SELECT waits FROM start) AS waits`

const statement = `${lockConversation}, start AS (
  SELECT c.last_position, c.open_message_ids, p.parent_id, p.parent_id AS waits_for,
         coalesce(p.parent_id = ANY (c.open_message_ids), false) AS waits,
         $4::uuid AS question_id, $14::text AS model, $15::real AS temperature, $16::integer AS max_tokens, false AS fresh
  FROM room, conversation c
  CROSS JOIN LATERAL (SELECT CASE WHEN $11::boolean THEN $12::uuid ELSE c.head_id END AS parent_id) p
  WHERE room.free AND (NOT $11 OR $12 IS NULL
     OR EXISTS (SELECT FROM messages WHERE user_id = $1 AND conversation_id = $2 AND id = $12))
), question AS (
  INSERT INTO messages (user_id, conversation_id, id, position, parent_id, turn_id, role, content, status)
  SELECT $1, $2, $4, last_position + 1, parent_id, $3, 'user', $13, 'done' FROM start
), answer AS (
  INSERT INTO messages (user_id, conversation_id, id, position, parent_id, turn_id, role, content, model, status)
  SELECT $1, $2, $5, last_position + 2, $4, $3, 'assistant', '', model,
         CASE WHEN waits THEN 'queued' ELSE 'running' END
  FROM start
), conversation_moved AS (
  UPDATE conversations c
  SET head_id = $5, last_position = s.last_position + 2, open_message_ids = s.open_message_ids || $5::uuid,
      title = coalesce(c.title, $17), title_provisional = c.title_provisional OR c.title IS NULL, updated_at = now()
  FROM start s
  WHERE c.user_id = $1 AND c.id = $2
)${writeTurn}`
