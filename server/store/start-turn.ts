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
  /** The worker that will run it. */
  readonly owner: string
}

/** `queued`: the answer it follows has not ended; `claimWaiting` hands the turn out when it has. */
export type StartOutcome = 'running' | 'queued' | 'no_conversation' | 'no_parent'

/**
 * Writes the user's message, the pending answer, the turn, and the conversation's head and position: all or nothing,
 * one round trip. The conversation's row is locked first, so of two starts at once the second sees the first's answer
 * as its head. What it needs to know of that answer stands in the locked row itself (`open_message_ids`): the other
 * tables are read in the snapshot from before the lock was granted.
 */
export async function startTurn(database: Database, userId: string, turn: NewTurn): Promise<StartOutcome> {
  const [row] = await database.query<{ found: boolean; waits: boolean | null }>(statement, [
    userId,
    turn.conversationId,
    turn.turnId,
    turn.userMessageId,
    turn.answerId,
    turn.parentId !== undefined,
    turn.parentId ?? null,
    turn.content,
    turn.model,
    turn.temperature ?? null,
    turn.maxTokens ?? null,
    turn.owner,
  ])
  if (!row?.found) return 'no_conversation'
  if (row.waits === null) return 'no_parent'
  return row.waits ? 'queued' : 'running'
}

const statement = `
WITH conversation AS (
  SELECT head_id, last_position, open_message_ids
  FROM conversations
  WHERE user_id = $1 AND id = $2::uuid AND deleted_at IS NULL
  FOR UPDATE
), start AS (
  SELECT c.last_position, c.open_message_ids, p.parent_id,
         coalesce(p.parent_id = ANY (c.open_message_ids), false) AS waits
  FROM conversation c
  CROSS JOIN LATERAL (SELECT CASE WHEN $6::boolean THEN $7::uuid ELSE c.head_id END AS parent_id) p
  WHERE NOT $6 OR $7 IS NULL
     OR EXISTS (SELECT FROM messages WHERE user_id = $1 AND conversation_id = $2 AND id = $7)
), question AS (
  INSERT INTO messages (user_id, conversation_id, id, position, parent_id, turn_id, role, content, status)
  SELECT $1, $2, $4::uuid, last_position + 1, parent_id, $3, 'user', $8, 'done' FROM start
), answer AS (
  INSERT INTO messages (user_id, conversation_id, id, position, parent_id, turn_id, role, content, model, status)
  SELECT $1, $2, $5::uuid, last_position + 2, $4, $3, 'assistant', '', $9,
         CASE WHEN waits THEN 'queued' ELSE 'running' END
  FROM start
), turn AS (
  INSERT INTO turns (user_id, id, conversation_id, message_id, user_message_id, waits_for, status, owner, model,
                     temperature, max_tokens, started_at)
  SELECT $1, $3::uuid, $2, $5, $4, CASE WHEN waits THEN parent_id END,
         CASE WHEN waits THEN 'queued' ELSE 'running' END,
         CASE WHEN waits THEN NULL ELSE $12::uuid END, $9::text, $10::real, $11::integer,
         CASE WHEN waits THEN NULL ELSE now() END
  FROM start
), conversation_moved AS (
  UPDATE conversations c
  SET head_id = $5, last_position = s.last_position + 2, open_message_ids = s.open_message_ids || $5::uuid,
      updated_at = now()
  FROM start s
  WHERE c.user_id = $1 AND c.id = $2
)
SELECT EXISTS (SELECT FROM conversation) AS found, (SELECT waits FROM start) AS waits`
