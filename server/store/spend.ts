import type { Database } from './database.ts'

/** What was spent on a user's behalf beside the answer of a turn. */
export interface SpentUsage {
  /** Minted when the work was dispatched. */
  readonly id: string
  readonly conversationId: string
  readonly turnId: string
  readonly model: string
  readonly cluster: string | null
  readonly purpose: 'title'
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  readonly latencyMs: number
}

export async function spend(database: Database, userId: string, usage: SpentUsage): Promise<void> {
  await database.query(
    `INSERT INTO usage (user_id, id, conversation_id, turn_id, model, cluster, purpose, input_tokens, cached_tokens,
                        output_tokens, latency_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT DO NOTHING`,
    [
      userId,
      usage.id,
      usage.conversationId,
      usage.turnId,
      usage.model,
      usage.cluster,
      usage.purpose,
      usage.inputTokens,
      usage.cachedTokens,
      usage.outputTokens,
      usage.latencyMs,
    ],
  )
}
