/**
 * How much of a promised time a prediction may come to. A prediction is a mean, a promise is about nearly all: the share
 * comes to rest where one in two hundred takes longer than is comfortable, by a running estimate of that percentile
 * (Robbins and Monro 1951). What goes wrong once, an outage or a stall, makes many late together: they count as one, and
 * are forgotten within the hour. Times are milliseconds on one clock that never runs back.
 */
export interface Caution {
  /** Between 0.1 and 1. */
  share(now: number): number
  /** A promise came due: what it came to, as a share of what was promised. */
  kept(share: number, now: number): void
}

/** Carefully at first: a promise that is broken while one still learns is broken all the same. */
const firstShare = 0.6
const leastShare = 0.1
const step = 0.1
/** So many may take longer than the comfortable part of what was promised: the rest is for what goes wrong behind it. */
const lateShare = 0.005
const comfortable = 0.9
/** Those that are late within so long have one reason. */
const oneReasonMs = 1_000
/** In so long, half of the way back to the first share. */
const forgetMs = 300_000

export function createCaution(): Caution {
  let share = firstShare
  let at = 0
  let lateAt = Number.NEGATIVE_INFINITY

  function move(now: number): void {
    if (share < firstShare) share = firstShare - (firstShare - share) * 0.5 ** (Math.max(0, now - at) / forgetMs)
    at = Math.max(at, now)
  }

  return {
    share(now) {
      move(now)
      return share
    },
    kept(part, now) {
      move(now)
      if (part <= comfortable) share = Math.min(1, share + step * lateShare)
      else if (now - lateAt > oneReasonMs) {
        lateAt = now
        share = Math.max(leastShare, share - step * (1 - lateShare))
      }
    },
  }
}
