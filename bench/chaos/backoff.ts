import { setTimeout as wait } from 'node:timers/promises'

/** The waits of one who tries again: 100 ms at first, twice as long each time, at most 2 s, each up to a quarter less. */
export interface Backoff {
  /** Resolves with false when the signal aborted meanwhile. */
  wait(signal: AbortSignal): Promise<boolean>
  /** Something worked: the next wait is short again. */
  reset(): void
}

const firstMs = 100
const longestMs = 2_000

export function createBackoff(): Backoff {
  let tries = 0
  return {
    async wait(signal) {
      const ms = Math.min(longestMs, firstMs * 2 ** tries) * (0.75 + 0.25 * Math.random())
      tries += 1
      return wait(ms, true, { signal }).catch(() => false)
    },
    reset() {
      tries = 0
    },
  }
}
