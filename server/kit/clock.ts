/**
 * Time is passed in, so that tests and the router's simulator own it.
 *
 * `now` is wall time in milliseconds since 1970 and may jump; use it only for what people read.
 * `elapsed` is a monotonic number of milliseconds; every duration and deadline is measured with it.
 */
export interface Clock {
  now(): number
  elapsed(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
}
