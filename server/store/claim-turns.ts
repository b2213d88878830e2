import type { Database } from './database.ts'

/** A turn handed to this process, which now owns it and must end it. */
export interface ClaimedTurn {
  readonly userId: string
  readonly turnId: string
  readonly conversationId: string
  readonly answerId: string
  readonly userMessageId: string
  readonly model: string
  readonly temperature: number | undefined
  readonly maxTokens: number | undefined
  /** A regenerated answer: one from the prompt cache will not do. */
  readonly fresh: boolean
  /** A person waits for it. */
  readonly interactive: boolean
  readonly epoch: number
  /** What the answer holds already, when this turn continues it or was taken over. */
  readonly prefix: string
  /** Set where another process ran it before. */
  readonly taken: TakenOver | undefined
}

export interface TakenOver {
  /** Of the event that tells its readers the text so far: above all that they can have seen. */
  readonly lastSeq: number
  /** Of the row that holds what this turn has said so far; 0: it has said nothing. */
  readonly loggedSeq: number
  /** UTF-16 units that the answer held before this turn. */
  readonly loggedFrom: number
  /** How long it had run when it was taken over, in milliseconds. */
  readonly ranMs: number
  /** Somebody asked to stop it, and whoever ran it did not live to do so. */
  readonly stopRequested: boolean
}

/** Hands the turns that waited for `endedId` to `owner`. To be called after that answer's end was committed. */
export async function claimWaiting(
  database: Database,
  userId: string,
  conversationId: string,
  endedId: string,
  owner: string,
): Promise<ClaimedTurn[]> {
  const rows = await database.query<ClaimRow>(
    claim(`SELECT t.user_id, t.id FROM turns t
           WHERE t.user_id = $2 AND t.conversation_id = $3 AND t.waits_for = $4 AND t.status = 'queued'
           FOR UPDATE SKIP LOCKED`),
    [owner, userId, conversationId, endedId],
  )
  return rows.map(toClaimedTurn)
}

/**
 * Hands queued turns to `owner` whose predecessor has ended without anybody starting them: the process that should
 * have done so died between the two. At most 100 a call.
 */
export async function claimForgotten(database: Database, owner: string): Promise<ClaimedTurn[]> {
  const rows = await database.query<ClaimRow>(
    claim(`SELECT t.user_id, t.id FROM turns t
           JOIN conversations c ON c.user_id = t.user_id AND c.id = t.conversation_id
           WHERE t.status = 'queued' AND NOT (t.waits_for = ANY (c.open_message_ids)) AND c.deleted_at IS NULL
           ORDER BY t.created_at LIMIT 100
           FOR UPDATE OF t SKIP LOCKED`),
    [owner],
  )
  return rows.map(toClaimedTurn)
}

const claim = (ready: string) => `
WITH ready AS (${ready}), claimed AS (
  UPDATE turns t SET status = 'running', owner = $1, started_at = now()
  FROM ready r
  WHERE t.user_id = r.user_id AND t.id = r.id AND t.status = 'queued'
  RETURNING t.*
), answer AS (
  UPDATE messages m SET status = 'running'
  FROM claimed c
  WHERE m.user_id = c.user_id AND m.conversation_id = c.conversation_id AND m.id = c.message_id
)
SELECT user_id, id, conversation_id, message_id, user_message_id, model, temperature, max_tokens, fresh, interactive, epoch
FROM claimed`

export interface ClaimRow {
  user_id: string
  id: string
  conversation_id: string
  message_id: string
  user_message_id: string
  model: string
  temperature: number | null
  max_tokens: number | null
  fresh: boolean
  interactive: boolean
  epoch: number
}

export const toClaimedTurn = (row: ClaimRow): ClaimedTurn => ({
  userId: row.user_id,
  turnId: row.id,
  conversationId: row.conversation_id,
  answerId: row.message_id,
  userMessageId: row.user_message_id,
  model: row.model,
  temperature: row.temperature ?? undefined,
  maxTokens: row.max_tokens ?? undefined,
  fresh: row.fresh,
  interactive: row.interactive,
  epoch: row.epoch,
  prefix: '', // a continuation never waits
  taken: undefined,
})
