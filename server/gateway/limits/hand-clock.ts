import type { Clock } from '#kit'

/** For tests: a clock that moves only by hand, in milliseconds, also backwards. */
export function createHandClock(startMs = 0): Clock & { pass(ms: number): void } {
  let elapsed = startMs
  return {
    now: () => elapsed,
    elapsed: () => elapsed,
    pass(ms) {
      elapsed += ms
    },
  }
}
