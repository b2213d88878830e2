import type { Clock } from '#kit'
import type { GenerationEvent } from '#llm-router'
import type { FinishReason } from '#protocol'
import type { Stage } from './stage.ts'

/** What a generation has come to so far, besides its text. Durations in milliseconds since it was dispatched. */
export interface Answer {
  served: { readonly cluster: string; readonly model: string } | undefined
  usage: { readonly inputTokens: number; readonly cachedTokens: number; readonly outputTokens: number } | undefined
  finishReason: FinishReason | undefined
  firstTokenMs: number | undefined
  latencyMs: number
  /** Set when the cluster refused the prompt for its length. */
  tooLong: { readonly promptTokens: number | null; readonly contextTokens: number | null } | undefined
}

export const emptyAnswer = (): Answer => ({
  served: undefined,
  usage: undefined,
  finishReason: undefined,
  firstTokenMs: undefined,
  latencyMs: 0,
  tooLong: undefined,
})

/** Gathers the events into `answer`, passing them on. */
export function collectAnswerStage(answer: Answer, clock: Clock): Stage<GenerationEvent> {
  const startedAt = clock.elapsed()
  return batch => {
    answer.latencyMs = clock.elapsed() - startedAt
    for (const event of batch) {
      switch (event.type) {
        case 'dispatched':
          answer.served = { cluster: event.cluster, model: event.model }
          break
        case 'text':
        case 'reasoning':
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
      }
    }
    return batch
  }
}
