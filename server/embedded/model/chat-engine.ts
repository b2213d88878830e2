import { randomInt } from 'node:crypto'
import type { LlamaContextSequence } from 'node-llama-cpp'
import { createChatPrompt } from './chat-prompt.ts'
import type { CompletionRequest } from './completion-request.ts'
import { type GenerationEnd, generate } from './generate.ts'
import type { LoadedModel } from './load-model.ts'
import { createLockstep } from './lockstep.ts'
import { RequestError } from './request-error.ts'
import { createSequencePool, PoolFull } from './sequence-pool.ts'

/** Where an answer goes, synchronously and in this order. */
export interface AnswerSink {
  /** The request has its sequence; from here on it can only end, fail or be aborted. */
  begin(): void
  text(piece: string): void
}

export interface AnswerEnd extends GenerationEnd {
  readonly promptTokens: number
}

/** Answers chats on one loaded model, as many at once as it has sequences. */
export interface ChatEngine {
  readonly contextTokens: number
  /** What the model says of itself, for `GET /v1/models`. */
  readonly facts: {
    readonly n_ctx: number
    readonly n_ctx_train: number
    readonly n_vocab: number
    readonly size: number
  }
  /**
   * Throws a `RequestError` when the request cannot be served (before `begin`), and the signal's reason when aborted.
   * An abort stops the generation and frees its sequence before the promise settles.
   */
  answer(request: CompletionRequest, sink: AnswerSink, signal: AbortSignal): Promise<AnswerEnd>
}

/** llama.cpp's own defaults, for requests that name none. */
const defaultTemperature = 0.8
const defaultTopP = 0.95

export function createChatEngine(loaded: LoadedModel, temperature = defaultTemperature): ChatEngine {
  const { model, context, contextTokens } = loaded
  const prompts = createChatPrompt(model)
  const pool = createSequencePool(Array.from({ length: loaded.parallel }, () => context.getSequence()))
  const lockstep = createLockstep()

  return {
    contextTokens,
    facts: {
      n_ctx: contextTokens,
      n_ctx_train: model.trainContextSize,
      n_vocab: model.fileInfo.metadata.tokenizer.ggml.tokens.length,
      size: model.size,
    },
    async answer(request, sink, signal) {
      const least = prompts.leastTokens(request.messages)
      if (least >= contextTokens) throw tooLong(least, contextTokens)
      const prompt = prompts.encode(request.messages)
      const room = contextTokens - prompt.length
      if (room < 1) throw tooLong(prompt.length, contextTokens)
      const sequence = await pool.acquire(prompt, signal).catch((error: unknown) => {
        throw error instanceof PoolFull ? overloaded() : error
      })
      let broken = false
      try {
        sink.begin()
        const end = await generate(
          sequence,
          {
            prompt,
            maxTokens: Math.min(request.maxTokens ?? room, room),
            temperature: request.temperature ?? temperature,
            topP: request.topP ?? defaultTopP,
            // Without one the library takes the clock's second: chats begun together would say the same.
            seed: request.seed === undefined ? randomInt(2 ** 32) : request.seed >>> 0,
            stops: [...request.stops, ...prompts.stops],
          },
          lockstep,
          signal,
          piece => sink.text(piece),
        )
        return { promptTokens: prompt.length, ...end }
      } catch (error) {
        broken = !signal.aborted
        throw error
      } finally {
        pool.release(broken ? await renewed(sequence) : sequence)
      }
    },
  }

  /** After a failed decode the library's account of what a sequence holds may be wrong. */
  async function renewed(sequence: LlamaContextSequence): Promise<LlamaContextSequence> {
    await sequence.dispose()
    return context.getSequence()
  }
}

function tooLong(promptTokens: number, contextTokens: number): RequestError {
  return new RequestError(
    400,
    `This model's maximum context length is ${contextTokens} tokens. However, your messages resulted in ${promptTokens} tokens.`,
    {
      param: 'messages',
      code: 'context_length_exceeded',
      facts: { n_prompt_tokens: promptTokens, n_ctx: contextTokens },
    },
  )
}

const overloaded = () =>
  new RequestError(503, 'The model is busy, and too many requests wait for it.', {
    type: 'server_error',
    code: 'overloaded',
    retryAfterSeconds: 1,
  })
