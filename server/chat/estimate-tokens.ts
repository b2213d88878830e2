/**
 * Guesses how many tokens a text has, per model, from what clusters count of real prompts. No tokenizer: it would cost
 * more than it saves, and every model has its own.
 */
export interface TokenEstimator {
  estimate(model: string, bytes: number): number
  /** Takes in that a prompt of `bytes` UTF-8 bytes had `tokens` tokens. */
  learn(model: string, bytes: number, tokens: number): void
}

/** Bytes a token holds before anything is known: fewer than the 4 of English prose, so that a first prompt fits. */
const firstGuess = 3
/** Weight of the newest sample. */
const newestWeight = 0.2
/** Shorter prompts are mostly role marks, and say little of text. */
const leastTokens = 16

export function createTokenEstimator(): TokenEstimator {
  const bytesPerToken = new Map<string, number>()
  return {
    estimate: (model, bytes) => Math.ceil(bytes / (bytesPerToken.get(model) ?? firstGuess)),
    learn(model, bytes, tokens) {
      if (tokens < leastTokens) return
      const old = bytesPerToken.get(model) ?? firstGuess
      const next = old + newestWeight * (bytes / tokens - old)
      bytesPerToken.set(model, Math.min(8, Math.max(0.5, next)))
    },
  }
}
