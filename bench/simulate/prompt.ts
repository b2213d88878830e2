/** One message to be answered, as the simulated world knows it. */
export interface Prompt {
  /** Who asks: for fairness. */
  readonly user: number
  readonly promptTokens: number
  /** Hashes of its whole blocks, chained: equal ones mean equal prompts up to there. */
  readonly blocks: ArrayLike<number>
  readonly tokensPerBlock: number
  /** How long the answer will be. The router does not know it. */
  readonly outputTokens: number
  /** The reader leaves so long after asking; undefined: stays. */
  readonly leavesAfterMs: number | undefined
}
