import type { Database } from './database.ts'
import { lockConversation, type StartOutcome, type StartTerms, start, writeTurn } from './start-turn.ts'

/** A second answer to the same question, beside the first. */
export interface Regeneration {
  readonly turnId: string
  readonly conversationId: string
  /** The answer that gets a sibling. */
  readonly siblingOf: string
  /** The new answer. */
  readonly answerId: string
  readonly model: string
  readonly start: StartTerms
}

/** More of an answer that ended early. */
export interface Continuation {
  readonly turnId: string
  readonly conversationId: string
  /** The answer; its text stays and grows. */
  readonly answerId: string
  readonly start: StartTerms
}

/** Writes a new pending answer to the question of `siblingOf`, and its turn. Nothing that was there changes. */
export function regenerateTurn(database: Database, userId: string, turn: Regeneration): Promise<StartOutcome> {
  return start(database, regenerate, [
    userId,
    turn.conversationId,
    turn.turnId,
    turn.siblingOf,
    turn.answerId,
    turn.start.owner,
    turn.start.mostOpen,
    turn.start.idempotency?.key ?? null,
    turn.start.idempotency?.requestHash ?? null,
    turn.start.interactive,
    turn.model,
  ])
}

/**
 * Writes a new turn on an answer that was stopped, interrupted, failed, or ran into its length; on any other, or while a
 * turn on it is open, the outcome is `no_message`. Model and parameters are those of the turn before.
 */
export function continueTurn(database: Database, userId: string, turn: Continuation): Promise<StartOutcome> {
  return start(database, goOn, [
    userId,
    turn.conversationId,
    turn.turnId,
    null,
    turn.answerId,
    turn.start.owner,
    turn.start.mostOpen,
    turn.start.idempotency?.key ?? null,
    turn.start.idempotency?.requestHash ?? null,
    turn.start.interactive,
  ])
}

const regenerate = `${lockConversation}, start AS (
  SELECT c.last_position, c.open_message_ids, q.id AS question_id, q.parent_id AS waits_for,
         coalesce(q.parent_id = ANY (c.open_message_ids), false) AS waits,
         $11::text AS model, NULL::real AS temperature, NULL::integer AS max_tokens, true AS fresh
  FROM room, conversation c, messages a
  JOIN messages q ON q.user_id = a.user_id AND q.conversation_id = a.conversation_id AND q.id = a.parent_id
  WHERE room.free AND a.user_id = $1 AND a.conversation_id = $2 AND a.id = $4::uuid AND a.role = 'assistant'
), answer AS (
  INSERT INTO messages (user_id, conversation_id, id, position, parent_id, turn_id, role, content, model, status)
  SELECT $1, $2, $5, last_position + 1, question_id, $3, 'assistant', '', model,
         CASE WHEN waits THEN 'queued' ELSE 'running' END
  FROM start
), conversation_moved AS (
  UPDATE conversations c
  SET head_id = $5, last_position = s.last_position + 1, open_message_ids = s.open_message_ids || $5::uuid,
      updated_at = now()
  FROM start s
  WHERE c.user_id = $1 AND c.id = $2
)${writeTurn}`

const goOn = `${lockConversation}, start AS (
  SELECT c.open_message_ids, t.user_message_id AS question_id, $4::uuid AS waits_for, false AS waits, t.model,
         t.temperature, t.max_tokens, false AS fresh
  FROM room, conversation c, messages a
  JOIN turns t ON t.user_id = a.user_id AND t.id = a.turn_id
  WHERE room.free AND a.user_id = $1 AND a.conversation_id = $2 AND a.id = $5::uuid AND NOT $5 = ANY (c.open_message_ids)
    AND (a.status IN ('stopped', 'interrupted', 'failed') OR a.finish_reason = 'length')
), answer AS (
  UPDATE messages m SET status = 'running', finish_reason = NULL, turn_id = $3
  FROM start
  WHERE m.user_id = $1 AND m.conversation_id = $2 AND m.id = $5
), conversation_moved AS (
  UPDATE conversations c SET open_message_ids = s.open_message_ids || $5::uuid, updated_at = now()
  FROM start s
  WHERE c.user_id = $1 AND c.id = $2
)${writeTurn}`
