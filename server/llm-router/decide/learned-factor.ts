/**
 * By how much what is measured exceeds what was expected: 1 is as expected. A cluster that was slow gets no work, and so
 * nothing would ever show that it has recovered: what exceeds its usual factor is therefore forgotten while nothing is
 * measured.
 */
export interface LearnedFactor {
  readonly samples: number
  at(now: number): number
  /** `ratio`: measured by expected. */
  sample(ratio: number, now: number): void
}

/** Weight of the newest sample; the first ones weigh as in a plain mean. */
const newestWeight = 0.05
/** One sample says no more than that it was so many times faster or slower. */
const mostRatio = 8
/** Nothing is measured when there was no sample for so long; of the excess, a third is left so long after that. */
const silentAfterMs = 1_000
const fadeMs = 3_000
/** What is usual follows what is: soon to the better, slowly to the worse. */
const usualMs = { better: 10_000, worse: 120_000 }
/** What is usual is first what these came to. */
const firstSamples = 20

/** A moving geometric mean: of twice and half as long, as expected is the middle. */
export function createLearnedFactor(): LearnedFactor {
  let samples = 0
  let lately = 0
  let usual = 0
  let sampledAt = 0

  function fadedAt(now: number): number {
    if (lately <= usual) return lately
    return usual + (lately - usual) * Math.exp(-Math.max(0, now - sampledAt - silentAfterMs) / fadeMs)
  }

  /**
   * The longer nothing was measured, the more is forgotten, and the more one sample decides: a cluster that is as slow as
   * before is known for that at once, and one that has recovered is, too.
   */
  function remembered(measured: number, now: number): number {
    if (lately <= usual) return lately
    const faded = fadedAt(now)
    const doubt = (lately - faded) / (lately - usual)
    return faded + doubt * (Math.min(lately, Math.max(usual, measured)) - faded)
  }

  return {
    get samples() {
      return samples
    },
    at: now => Math.exp(fadedAt(now)),
    sample(ratio, now) {
      samples += 1
      const measured = Math.log(Math.min(mostRatio, Math.max(1 / mostRatio, ratio)))
      lately = remembered(measured, now)
      lately += Math.max(newestWeight, 1 / samples) * (measured - lately)
      const slow = 1 - Math.exp(-(now - sampledAt) / (lately < usual ? usualMs.better : usualMs.worse))
      usual += Math.max(slow, samples <= firstSamples ? 1 / samples : 0) * (lately - usual)
      sampledAt = now
    },
  }
}
