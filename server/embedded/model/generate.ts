import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import { batchTokens } from './load-model.ts'
import type { Lockstep } from './lockstep.ts'
import { createStopStrings } from './stop-strings.ts'
import { createTokenText } from './token-text.ts'

export interface Generation {
  readonly prompt: readonly Token[]
  /** At least 1; prompt and answer together must fit the context. */
  readonly maxTokens: number
  readonly temperature: number
  readonly topP: number
  readonly seed: number
  readonly stops: readonly string[]
}

export interface GenerationEnd {
  readonly finishReason: 'stop' | 'length'
  /** Prompt tokens that the sequence already held. */
  readonly cachedTokens: number
  /** Sampled tokens, without the end mark. */
  readonly completionTokens: number
}

/** llama.cpp's own default, kept because requests of the OpenAI kind cannot name one. */
const topK = 40

/**
 * Generates one answer on a sequence that the caller holds alone, reusing what it already holds of the prompt. `onText` is
 * called synchronously, in order, with pieces that are never empty. Aborting throws the signal's reason after the decode
 * in progress (one batch at most); the sequence stays usable.
 */
export async function generate(
  sequence: LlamaContextSequence,
  { prompt, maxTokens, temperature, topP, seed, stops }: Generation,
  lockstep: Lockstep,
  signal: AbortSignal,
  onText: (piece: string) => void,
): Promise<GenerationEnd> {
  const cachedTokens = await keepPrefix(sequence, prompt)
  const text = createTokenText(sequence.model.detokenize.bind(sequence.model), prompt)
  const stop = createStopStrings(stops)
  let completionTokens = 0
  let finishReason: GenerationEnd['finishReason'] = 'stop' // the loop over tokens also ends at the model's end mark
  const member = lockstep.join()
  const nextStep = async () => {
    await member.ready()
    signal.throwIfAborted()
  }
  try {
    let at = cachedTokens
    for (; at + batchTokens < prompt.length; at += batchTokens) {
      await nextStep()
      const part = prompt.slice(at, at + batchTokens)
      await sequence.evaluateWithoutGeneratingNewTokens(part, { contextShift: neverShift })
    }
    await nextStep()
    const tokens = sequence.evaluate(prompt.slice(at), { temperature, topP, topK, seed, contextShift: neverShift })
    for await (const token of tokens) {
      signal.throwIfAborted()
      completionTokens += 1
      const piece = stop.push(text.push(token))
      if (piece !== '') onText(piece)
      if (stop.found) break
      if (completionTokens === maxTokens) {
        finishReason = 'length'
        break
      }
      await nextStep()
    }
    signal.throwIfAborted()
    const rest = stop.end()
    if (rest !== '') onText(rest)
    return { finishReason, cachedTokens, completionTokens }
  } finally {
    member.leave()
  }
}

/** Drops what the sequence holds beyond its common prefix with the prompt, and returns that prefix's length. */
async function keepPrefix(sequence: LlamaContextSequence, prompt: readonly Token[]): Promise<number> {
  const shared = sequence.compareContextTokens([...prompt]).firstDifferentIndex
  // At least one token is evaluated anew, for the answer is sampled from what it yields.
  const kept = Math.min(shared, prompt.length - 1)
  await sequence.eraseContextTokenRanges([{ start: kept, end: sequence.nextTokenIndex }])
  return kept
}

/** Dropping the beginning of a chat without a word is the library's default; here it would be a bug. */
const neverShift = {
  strategy() {
    throw new Error('a generation outgrew its context')
  },
}
