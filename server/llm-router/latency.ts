/** What a cluster's first-token times were like, newest first in weight. All in milliseconds. */
export interface Latency {
  /** Moving average; 0 while nothing was seen. */
  readonly meanMs: number
  /** Where 99 of 100 should lie, taking them for normally distributed; undefined while nothing was seen. */
  readonly p99Ms: number | undefined
  sample(ms: number): void
}

/** Weight of the newest sample. */
const newestWeight = 0.2
/** The 99th percentile of a normal distribution, in standard deviations. */
const p99Deviations = 2.33

/** Exponentially weighted mean and variance (West 1979, in the form of Finch 2009, section 9). */
export function createLatency(): Latency {
  let mean: number | undefined
  let variance = 0
  return {
    get meanMs() {
      return mean ?? 0
    },
    get p99Ms() {
      return mean === undefined ? undefined : mean + p99Deviations * Math.sqrt(variance)
    },
    sample(ms) {
      if (mean === undefined) {
        mean = ms
        return
      }
      const step = newestWeight * (ms - mean)
      variance = (1 - newestWeight) * (variance + step * (ms - mean))
      mean += step
    },
  }
}
