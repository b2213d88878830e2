/** What a decision needs to know of a request. */
export interface Demand {
  /** By a guess: a quarter of the prompt's bytes. */
  readonly promptTokens: number
  /** A hash for each whole block of the prompt, chained: equal hashes mean equal prompts up to there. */
  readonly blocks: ArrayLike<number>
  readonly tokensPerBlock: number
  /** How long answers of this model have been so far, on average. */
  readonly outputTokens: number
}

/** Of the prompt, what a cluster that knows its first `known` blocks has yet to read. */
export const uncachedTokens = ({ promptTokens, tokensPerBlock }: Demand, known: number): number =>
  Math.max(0, promptTokens - known * tokensPerBlock)
