import type { FaultCode, FinishReason, GenerationReasons, TurnStatus } from '#protocol'
import type { Database } from './database.ts'
import type { MessageRow } from './messages.ts'

/** What one attempt on one cluster came to. */
export interface GenerationRecord {
  readonly id: string
  readonly cluster: string
  /** The name the cluster knows the model by. */
  readonly model: string
  /** Why this cluster. */
  readonly reasons: GenerationReasons
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  readonly firstTokenMs: number | null
  readonly latencyMs: number
  /** UTF-16 units of the answer's text before the place where another attempt went on; null where none did. */
  readonly wentOnAt: number | null
  readonly outcome: 'complete' | 'cut' | 'refused' | 'aborted'
}

/** A turn's end. */
export interface TurnEnd {
  readonly turnId: string
  /** The epoch under which this process runs the turn; an end under an older one is refused. */
  readonly epoch: number
  readonly status: Extract<TurnStatus, 'done' | 'stopped' | 'failed' | 'interrupted'>
  readonly finishReason: FinishReason | null
  /** The whole answer, with what a continued one had before. */
  readonly content: string
  /** Tokens of this turn, null when no cluster counted any; a continued answer's add up. */
  readonly tokens: number | null
  readonly fault: { readonly code: FaultCode; readonly detail: string } | null
  /** Who answered, where anybody did. */
  readonly servedBy: { readonly cluster: string; readonly model: string } | null
  /** The answer is one that was made for an equal prompt: this turn spent nothing. */
  readonly cached: boolean
  /** What safety refused, and for what. */
  readonly refused: { readonly message: 'question' | 'answer'; readonly category: string } | null
  /** One for each attempt, the last of them the one that answered. */
  readonly generations: readonly GenerationRecord[]
  /** Of the event that tells the end. */
  readonly lastSeq: number
  /** Minted when the generation was dispatched, so that an end that is tried twice counts once. */
  readonly usageId: string
}

/** `fenced`: the turn is not running under this epoch any more (another process ended it, or its conversation is gone). */
export type EndOutcome =
  | { readonly ended: true; readonly answer: MessageRow; readonly othersOpen: boolean }
  | { readonly ended: false }

/**
 * Ends a turn: its status by compare-and-set on (epoch, running), the answer's text and counts, the receipt, the usage
 * row, the conversation's time, and its log rows gone: all or nothing, one round trip. Safe to try again after an
 * unknown outcome. A refused question gives the conversation no title, where there was no other before it. Returns the answer as it stands now; `othersOpen` says that other answers of the conversation are queued or running.
 */
export async function endTurn(database: Database, userId: string, end: TurnEnd): Promise<EndOutcome> {
  const spent = spentOn(end.generations)
  const [row] = await database.query<MessageRow & { others_open: boolean }>(statement, [
    userId,
    end.turnId,
    end.epoch,
    end.status,
    end.fault?.code ?? null,
    end.fault?.detail ?? null,
    end.content,
    end.tokens,
    end.finishReason,
    end.servedBy?.cluster ?? null,
    end.servedBy?.model ?? null,
    end.cached,
    end.refused?.category ?? null,
    end.refused?.message === 'question',
    JSON.stringify(end.generations.map(toReceipt)),
    spent?.cluster ?? null,
    spent?.inputTokens ?? null,
    spent?.cachedTokens ?? null,
    spent?.outputTokens ?? null,
    spent?.firstTokenMs ?? null,
    spent?.latencyMs ?? null,
    end.usageId,
    end.lastSeq,
  ])
  if (row === undefined) return { ended: false }
  const { others_open: othersOpen, ...answer } = row
  return { ended: true, answer, othersOpen }
}

/** Of all attempts together, on the account of the cluster that came to the end; none where nobody was asked. */
function spentOn(generations: readonly GenerationRecord[]) {
  const last = generations.at(-1)
  if (last === undefined) return undefined
  const worked = generations.filter(one => one.wentOnAt !== null || one === last)
  const sum = (of: (one: GenerationRecord) => number) => worked.reduce((total, one) => total + of(one), 0)
  return {
    cluster: last.cluster,
    inputTokens: sum(({ inputTokens }) => inputTokens),
    cachedTokens: sum(({ cachedTokens }) => cachedTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    latencyMs: sum(({ latencyMs }) => latencyMs),
    firstTokenMs: worked[0]?.firstTokenMs ?? null,
  }
}

const toReceipt = (generation: GenerationRecord) => ({
  id: generation.id,
  cluster: generation.cluster,
  model: generation.model,
  input_tokens: generation.inputTokens,
  cached_tokens: generation.cachedTokens,
  output_tokens: generation.outputTokens,
  first_token_ms: generation.firstTokenMs,
  latency_ms: generation.latencyMs,
  outcome: generation.outcome,
  reasons:
    generation.wentOnAt === null ? generation.reasons : { ...generation.reasons, went_on_at: generation.wentOnAt },
})

const statement = `
WITH turn AS (
  UPDATE turns
  SET status = $4, fault_code = $5, fault_detail = $6, last_seq = $23, ended_at = now()
  WHERE user_id = $1 AND id = $2::uuid AND epoch = $3 AND status = 'running'
  RETURNING id, conversation_id, message_id, user_message_id, model
), answer AS (
  UPDATE messages m
  SET content = $7, tokens = CASE WHEN $8::integer IS NULL THEN m.tokens ELSE coalesce(m.tokens, 0) + $8 END,
      status = $4, finish_reason = $9, served_by = $10, served_model = $11, cached = $12, category = $13::text
  FROM turn t
  WHERE m.user_id = $1 AND m.conversation_id = t.conversation_id AND m.id = t.message_id
  RETURNING m.*
), question AS (
  UPDATE messages m
  SET category = CASE WHEN $14::boolean THEN $13 END
  FROM turn t
  WHERE m.user_id = $1 AND m.conversation_id = t.conversation_id AND m.id = t.user_message_id AND $4 = 'done'
    AND m.category IS DISTINCT FROM CASE WHEN $14 THEN $13 END
  RETURNING m.position
), untold AS (
  SELECT FROM question q
  WHERE $14 AND NOT EXISTS (SELECT FROM messages m, turn t
                    WHERE m.user_id = $1 AND m.conversation_id = t.conversation_id AND m.role = 'user'
                      AND m.category IS NULL AND m.position < q.position)
), conversation AS (
  UPDATE conversations c
  SET open_message_ids = array_remove(c.open_message_ids, t.message_id), updated_at = now(),
      title = CASE WHEN c.title_provisional AND EXISTS (SELECT FROM untold) THEN NULL ELSE c.title END
  FROM turn t
  WHERE c.user_id = $1 AND c.id = t.conversation_id
  RETURNING c.open_message_ids
), receipts AS (
  INSERT INTO generations (user_id, id, turn_id, cluster, model, reasons, input_tokens, cached_tokens, output_tokens,
                           first_token_ms, latency_ms, outcome)
  SELECT $1, r.id, t.id, r.cluster, r.model, r.reasons, r.input_tokens, r.cached_tokens, r.output_tokens, r.first_token_ms,
         r.latency_ms, r.outcome
  FROM turn t, jsonb_to_recordset($15::jsonb)
    AS r (id uuid, cluster text, model text, reasons jsonb, input_tokens integer, cached_tokens integer, output_tokens integer,
          first_token_ms integer, latency_ms integer, outcome text)
), spent AS (
  INSERT INTO usage (user_id, id, conversation_id, turn_id, model, cluster, purpose, input_tokens, cached_tokens,
                     output_tokens, latency_ms, first_token_ms)
  SELECT $1, $22::uuid, conversation_id, id, model, $16::text, 'answer', $17::integer, $18::integer, $19::integer,
         $21::integer, $20::integer
  FROM turn WHERE $16 IS NOT NULL
), log AS (
  DELETE FROM turn_events e USING turn t WHERE e.user_id = $1 AND e.turn_id = t.id
)
SELECT a.*, cardinality(c.open_message_ids) > 0 AS others_open FROM answer a, conversation c`
