import { setTimeout as wait } from 'node:timers/promises'
import { isFault } from '#kit'

const firstRetryMs = 100
const longestRetryMs = 5_000

/**
 * Does `work` with the database until it succeeds: for what was promised to a user, and must not be lost to a database
 * that restarts. Only faults are tried again; anything else is a bug and is thrown. `onRetry` is told how long it waits.
 */
export async function untilTaken<Result>(
  work: () => Promise<Result>,
  onRetry: (delayMs: number) => void,
): Promise<Result> {
  for (let delayMs = firstRetryMs; ; delayMs = Math.min(delayMs * 2, longestRetryMs)) {
    try {
      return await work()
    } catch (error) {
      if (!isFault(error)) throw error
      onRetry(delayMs)
      await wait(delayMs)
    }
  }
}
