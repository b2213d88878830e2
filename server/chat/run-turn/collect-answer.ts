import type { Clock } from '#kit'
import type { ChoiceReasons } from '#llm-router'
import type { KeptAnswer } from '#prompt-cache'
import type { FinishReason } from '#protocol'
import type { ReplyEvent } from './reply-event.ts'
import type { Stage } from './stage.ts'

/** One try on one cluster. Durations in milliseconds since it was dispatched. */
export interface Attempt {
  readonly cluster: string
  /** The name the cluster knows the model by. */
  readonly model: string
  /** Why this cluster. */
  readonly reasons: ChoiceReasons
  latencyMs: number
  /** Set when it failed behind its first text and another one went on: after so many units of text, and what it took. */
  cut: { readonly at: number; readonly inputTokens: number; readonly outputTokens: number } | undefined
}

/** What a generation has come to so far, besides its text. Durations in milliseconds since its first attempt. */
export interface Answer {
  /** In their order; the last is the one that answers. */
  attempts: Attempt[]
  /** Who made it, where the prompt cache gave it. */
  keptFrom: KeptAnswer['servedBy'] | undefined
  /** Another turn pays for it: the one that began the generation they share. */
  shared: boolean
  /** Of the prompt that was sent, by our guess. */
  promptTokens: number
  /** Of all attempts together, as they were counted; undefined where an answer ended before that. */
  usage: { readonly inputTokens: number; readonly cachedTokens: number; readonly outputTokens: number } | undefined
  finishReason: FinishReason | undefined
  firstTokenMs: number | undefined
  latencyMs: number
  /** Set when the cluster refused the prompt for its length. */
  tooLong: { readonly promptTokens: number | null; readonly contextTokens: number | null } | undefined
  /** What safety refused, and for what. */
  refused: { readonly message: 'question' | 'answer'; readonly category: string } | undefined
}

export const emptyAnswer = (): Answer => ({
  attempts: [],
  keptFrom: undefined,
  shared: false,
  promptTokens: 0,
  usage: undefined,
  finishReason: undefined,
  firstTokenMs: undefined,
  latencyMs: 0,
  tooLong: undefined,
  refused: undefined,
})

/** Nothing was spent on it: it was made for another turn. */
export const isCached = ({ keptFrom, shared }: Answer): boolean => shared || keptFrom !== undefined

/** Gathers the events into `answer`, passing them on. */
export function collectAnswerStage(answer: Answer, clock: Clock): Stage<ReplyEvent> {
  const startedAt = clock.elapsed()
  let dispatchedAt = startedAt
  return batch => {
    const now = clock.elapsed()
    answer.latencyMs = now - startedAt
    const attempt = answer.attempts.at(-1)
    if (attempt !== undefined) attempt.latencyMs = now - dispatchedAt
    for (const event of batch) {
      switch (event.type) {
        case 'dispatched':
          dispatchedAt = now
          answer.attempts.push({
            cluster: event.cluster,
            model: event.model,
            reasons: event.reasons,
            latencyMs: 0,
            cut: undefined,
          })
          break
        case 'went_on':
          if (attempt !== undefined) attempt.cut = event
          break
        case 'text':
        case 'reasoning':
        case 'tool_call':
          answer.firstTokenMs ??= answer.latencyMs
          break
        case 'usage':
          answer.usage = event
          break
        case 'too_long':
          answer.tooLong = event
          break
        case 'end':
          answer.finishReason = event.finishReason
          break
        case 'kept':
          answer.keptFrom = event.servedBy
          answer.usage = event.usage ?? undefined
          break
        case 'refused':
          answer.refused = { message: event.message, category: event.refusal.category }
          break
        case 'queued':
        case 'waiting':
        case 'given_up':
          break
      }
    }
    return batch
  }
}
