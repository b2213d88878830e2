import type { FaultCode, Generation, TurnStatus } from '#protocol'
import { type ClaimedTurn, claimWaiting } from './claim-turns.ts'
import type { Database } from './database.ts'
import { type EndOutcome, endTurn, type TurnEnd } from './end-turn.ts'
import { type Continuation, continueTurn, type Regeneration, regenerateTurn } from './start-again.ts'
import { type NewTurn, type StartOutcome, startTurn } from './start-turn.ts'
import { stopTurn } from './stop-turn.ts'

/** A turn as its row tells it. */
export interface TurnRow {
  readonly id: string
  readonly conversation_id: string
  readonly message_id: string
  readonly user_message_id: string
  readonly status: TurnStatus
  readonly epoch: number
  readonly owner: string | null
  readonly model: string
  readonly temperature: number | null
  readonly max_tokens: number | null
  readonly last_seq: number
  readonly fault_code: FaultCode | null
  readonly fault_detail: string | null
  readonly created_at: Date
  readonly started_at: Date | null
  readonly ended_at: Date | null
}

/** A piece of a running turn's log. */
export interface LogRow {
  readonly seq: number
  readonly text_start: number
  readonly content: string
}

export interface SpentTokens {
  readonly input_tokens: number
  readonly cached_tokens: number
  readonly output_tokens: number
}

/** One owner's turns. */
export interface Turns {
  start(turn: NewTurn): Promise<StartOutcome>
  regenerate(turn: Regeneration): Promise<StartOutcome>
  goOn(turn: Continuation): Promise<StartOutcome>
  get(id: string): Promise<TurnRow | undefined>
  /** The open turn on an answer. */
  openOn(conversationId: string, answerId: string): Promise<TurnRow | undefined>
  /** How many open turns of the conversation come before this queued one, itself included. */
  place(turn: TurnRow): Promise<number>
  /** What was logged of a running turn after `seq`, oldest first. */
  log(turn: TurnRow, seq: number): Promise<LogRow[]>
  /** Its receipts, the last one of the attempt that answered; none before its end. */
  generations(id: string): Promise<Generation[]>
  /** What its generations came to; undefined when there was none. */
  spent(id: string): Promise<SpentTokens | undefined>
  end(end: TurnEnd): Promise<EndOutcome>
  /** Asks a running turn to stop, durably; ends a queued one. Returns the turn as it is then. */
  stop(id: string): Promise<TurnRow | undefined>
  claimWaiting(conversationId: string, endedId: string, owner: string): Promise<ClaimedTurn[]>
  /** The turn or conversation that a request under this idempotency key made within the last 24 hours. */
  madeUnder(key: string): Promise<{ readonly requestHash: Buffer; readonly objectId: string } | undefined>
}

export function createTurns(database: Database, userId: string): Turns {
  const get = async (where: string, values: readonly unknown[]): Promise<TurnRow | undefined> => {
    const rows = await database.query<TurnRow & RowShape>(
      `SELECT ${columns} FROM turns WHERE user_id = $1 AND ${where}`,
      [userId, ...values],
    )
    return rows[0]
  }
  return {
    start: turn => startTurn(database, userId, turn),
    regenerate: turn => regenerateTurn(database, userId, turn),
    goOn: turn => continueTurn(database, userId, turn),
    get: id => get('id = $2', [id]),
    openOn: (conversationId, answerId) =>
      get("conversation_id = $2 AND message_id = $3 AND status IN ('queued', 'running')", [conversationId, answerId]),
    async place(turn) {
      const [row] = await database.query<{ place: number }>(
        `SELECT count(*)::int AS place FROM turns
         WHERE user_id = $1 AND conversation_id = $2 AND status IN ('queued', 'running') AND created_at <= $3 AND id <> $4`,
        [userId, turn.conversation_id, turn.created_at, turn.id],
      )
      return row?.place ?? 0
    },
    log: (turn, seq) =>
      database.query<LogRow & RowShape>(
        `SELECT seq::float8 AS seq, text_start, content FROM turn_events
         WHERE user_id = $1 AND turn_id = $2 AND epoch = $3 AND seq > $4 ORDER BY seq`,
        [userId, turn.id, turn.epoch, seq],
      ),
    generations: id =>
      database.query<Generation & RowShape>(
        `SELECT cluster, model, reasons, outcome, input_tokens, cached_tokens, output_tokens, first_token_ms, latency_ms
         FROM generations WHERE user_id = $1 AND turn_id = $2 ORDER BY (reasons->>'attempt')::int, id`,
        [userId, id],
      ),
    async spent(id) {
      const [row] = await database.query<{ [Name in keyof SpentTokens]: number | null }>(
        `SELECT sum(input_tokens)::int AS input_tokens, sum(cached_tokens)::int AS cached_tokens,
                sum(output_tokens)::int AS output_tokens
         FROM generations WHERE user_id = $1 AND turn_id = $2`,
        [userId, id],
      )
      if (row?.input_tokens == null) return undefined
      return {
        input_tokens: row.input_tokens,
        cached_tokens: row.cached_tokens ?? 0,
        output_tokens: row.output_tokens ?? 0,
      }
    },
    end: end => endTurn(database, userId, end),
    async stop(id) {
      await stopTurn(database, userId, id)
      return get('id = $2', [id])
    },
    claimWaiting: (conversationId, endedId, owner) => claimWaiting(database, userId, conversationId, endedId, owner),
    async madeUnder(key) {
      await database.query(
        "DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND created_at < now() - interval '24 hours'",
        [userId, key],
      )
      const [row] = await database.query<{ request_hash: Buffer; object_id: string }>(
        'SELECT request_hash, object_id FROM idempotency_keys WHERE user_id = $1 AND key = $2',
        [userId, key],
      )
      return row && { requestHash: row.request_hash, objectId: row.object_id }
    },
  }
}

type RowShape = Record<string, unknown>

const columns = `id, conversation_id, message_id, user_message_id, status, epoch, owner, model, temperature, max_tokens, last_seq::float8 AS last_seq,
  fault_code, fault_detail, created_at, started_at, ended_at`
