import { z } from 'zod'
import type { FinishReason } from '#protocol'
import type { GenerationEvent } from './generation-event.ts'

/** One chunk of a streamed chat completion, as vLLM, SGLang, llama.cpp, Ollama and OpenAI send it. */
const Chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: z
    .object({
      prompt_tokens: z.int(),
      completion_tokens: z.int(),
      prompt_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish(),
    })
    .nullish(),
  error: z.unknown().optional(),
})

/** Turns the data of a cluster's events into generation events. */
export interface CompletionReader {
  /** Throws when an event is not a completion chunk or reports an error. */
  read(data: string): readonly GenerationEvent[]
  /** True once both the finish reason and the end marker have come: only then is the answer whole. */
  readonly complete: boolean
}

export function createCompletionReader(): CompletionReader {
  let finishReason: FinishReason | undefined
  let complete = false
  return {
    get complete() {
      return complete
    },
    read(data) {
      if (data === '[DONE]') {
        if (finishReason === undefined || complete) return []
        complete = true
        return [{ type: 'end', finishReason }]
      }
      const chunk = Chunk.parse(JSON.parse(data))
      if (chunk.error !== undefined && chunk.error !== null) throw new Error('the cluster reported an error mid-stream')
      const events: GenerationEvent[] = []
      const choice = chunk.choices[0]
      const reasoning = choice?.delta?.reasoning_content ?? choice?.delta?.reasoning
      if (reasoning) events.push({ type: 'reasoning', text: reasoning })
      if (choice?.delta?.content) events.push({ type: 'text', text: choice.delta.content })
      if (choice?.finish_reason) finishReason = finishReasons[choice.finish_reason] ?? 'stop'
      if (chunk.usage) {
        events.push({
          type: 'usage',
          inputTokens: chunk.usage.prompt_tokens,
          cachedTokens: chunk.usage.prompt_tokens_details?.cached_tokens ?? 0,
          outputTokens: chunk.usage.completion_tokens,
        })
      }
      return events
    },
  }
}

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content_filter',
  tool_calls: 'tool_calls',
}
