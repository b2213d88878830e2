import type { Demand } from './demand.ts'

/** What is under way on a cluster. */
export interface Share {
  /** Requests without a first token yet. */
  readonly unanswered: number
  /** The prompt tokens these make it read. */
  readonly pendingTokens: number
  /** Answers past their first token. */
  readonly streaming: number
}

/** How fast a cluster is: first token = intercept + slope x pending prompt tokens, gap = intercept + slope x streams. In milliseconds. */
export interface Speed {
  readonly first: Line
  readonly gap: Line
}
export interface Line {
  readonly intercept: number
  readonly slope: number
}
export interface MeasuredLine extends Line {
  readonly samples: number
}

/**
 * What this process knows of one cluster from its own dispatches, at once and without asking: what is under way there,
 * how fast it is, which prompts it has seen. Times are milliseconds on one clock that never runs back.
 */
export interface ClusterLoad {
  readonly unanswered: number
  readonly pendingTokens: number
  readonly streaming: number
  /** Moving average of the time to the first token; 0 while none was seen. */
  readonly meanFirstTokenMs: number
  readonly firstTokens: number
  /** Lines through what was measured here alone, and of how many samples. */
  readonly measured: { readonly first: MeasuredLine; readonly gap: MeasuredLine }
  /** Its speed lately: that of the pool, so many times as slow or fast as this cluster has been. */
  speed(prior: Speed, now: number): Speed
  /** Moving average of what a request makes it read, in tokens. */
  readonly meanToRead: number
  /** How many of a prompt's blocks it has probably kept. */
  known(demand: Demand): number
  /**
   * By how much the oldest request without an answer exceeds what was predicted for it: 1 while it is in time, at most
   * 20. Sees a stall before any request has failed.
   */
  lateness(now: number): number
  /** How long the oldest of this process's requests without an answer has waited; 0 where there is none. */
  oldestMs(now: number): number
  /** Observed over predicted first-token times, lately: 1 is as predicted. */
  readonly slowness: number
  /** How wide they spread: the standard deviation of that. */
  readonly spread: number
  /** A request is sent. It is measured by `prior`. */
  dispatch(demand: Demand, now: number, predictedMs: number, prior: Speed): Dispatch
  /** What other processes have under way there, as last heard. */
  readonly others: Share
  heard(others: Share, now: number): void
  /** What this process itself has under way there. */
  readonly own: Share
  /** Answers of strangers: requests that the engine tells of and that nobody here sent. */
  readonly strangers: number
  /** What the engine tells of all its requests, just now; undefined: nothing. */
  observed(report: EngineReport | undefined, now: number): void
}

/** Requests on an engine, whoever sent them. */
export interface EngineReport {
  readonly running: number
  readonly waiting: number
}

/** One request on a cluster. Its load is released exactly once, whatever is called how often. */
export interface Dispatch {
  readonly predictedMs: number
  firstToken(now: number): void
  /** It is over. `failed`: before a first token, so its prompt was not read. Counts where the cluster told them. */
  end(now: number, outcome: DispatchOutcome): void
}

export interface DispatchOutcome {
  readonly failed: boolean
  readonly outputTokens?: number | undefined
  readonly cachedTokens?: number | undefined
}
