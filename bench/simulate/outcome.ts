/**
 * How a request ended. `done`: the whole answer came. `left`: its reader went away. `refused`: no cluster had room, or the line was too long.
 * `failed`: the user saw an error before the first token. `cut`: the answer broke off behind it. `unanswered`: it was
 * still waiting when the simulation ended.
 */
export type Ending = 'done' | 'left' | 'refused' | 'failed' | 'cut' | 'unanswered'

/** One request, told when it is over. Times are simulated milliseconds. */
export interface Outcome {
  readonly ending: Ending
  readonly user: number
  readonly askedAt: number
  readonly firstAt: number | undefined
  readonly endedAt: number
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  /** Read and written by attempts that came to nothing. */
  readonly wastedTokens: number
  /** Where it ended, and how often it was tried elsewhere before. */
  readonly cluster: string | undefined
  readonly failures: number
  /** Refused: when it was told to come again. */
  readonly retryAfterMs: number | undefined
}
