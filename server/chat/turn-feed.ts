import type { TurnEvent } from '#protocol'

/**
 * One reader's cursor into a turn's log; never a queue, so a reader that does not read costs nothing but its place.
 */
export interface TurnFeed {
  /**
   * The events since the last call, oldest first; none when nothing is new. A reader that is far behind gets the tokens
   * it missed as one.
   */
  take(): readonly TurnEvent[]
  /** True once `done` or `error` was taken: nothing more will come. */
  readonly ended: boolean
  /** Calls back whenever something new can be taken. Synchronous, and at most one listener. */
  onNews(listener: () => void): void
  /** Forgets the reader. The turn goes on. */
  close(): void
}
