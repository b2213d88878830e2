import type { TurnFeed } from '#chat'
import { Fault } from '#kit'
import type { TurnEvent } from '#protocol'
import type { Ref } from './client-frame.ts'
import { errorFrame } from './error-frame.ts'
import type { Outbox } from './outbox.ts'

/** The turns that one socket follows. */
export interface Follows {
  /** Throws `rate_limited` where this turn would be one too many. */
  makeRoomFor(turnId?: string): void
  /** Sends the turn's events from now on, until its end; `ref` goes into its `start`. Takes the place of an earlier follow. */
  open(turnId: string, feed: TurnFeed, ref?: Ref): void
  /** Goes on with those that waited for room. */
  resume(): void
  readonly size: number
  /** Forgets all of them. The turns go on. */
  close(): void
}

interface Follow {
  readonly turnId: string
  readonly feed: TurnFeed
  readonly ref: Ref | undefined
}

const mostFollows = 64

/**
 * Each follow is a cursor into the log of its turn. While the socket is full nothing is taken from it, so that a slow
 * client costs only its places; when there is room again, it gets what it missed, merged by the log. `onEnded` is called
 * after the last event of a turn was sent.
 */
export function createFollows(outbox: Outbox, onEnded: () => void): Follows {
  const follows = new Map<string, Follow>()
  const waiting = new Set<Follow>()
  let closed = false

  function flush(follow: Follow): void {
    // A feed that was closed while it looked for news may still tell.
    if (follows.get(follow.turnId) !== follow) return
    if (outbox.full) {
      waiting.add(follow)
      return
    }
    const events = follow.feed.take()
    if (events.length === 1) send(events, follow)
    else if (events.length > 1) outbox.together(() => send(events, follow))
    if (!follow.feed.ended) return
    // A conversation that is deleted takes its turns with it: their logs end without a last event.
    if (!isEnd(events.at(-1))) outbox.send(errorFrame(turnIsGone(), { turnId: follow.turnId }))
    drop(follow)
    onEnded()
  }

  function send(events: readonly TurnEvent[], { ref }: Follow): void {
    for (const event of events) outbox.send(event.type === 'start' && ref !== undefined ? { ...event, ref } : event)
  }

  function drop(follow: Follow): void {
    follow.feed.close()
    waiting.delete(follow)
    follows.delete(follow.turnId)
  }

  return {
    makeRoomFor(turnId) {
      if (follows.size < mostFollows || (turnId !== undefined && follows.has(turnId))) return
      throw new Fault('rate_limited', `A socket can follow ${mostFollows} turns at once: wait until one has ended.`)
    },
    open(turnId, feed, ref) {
      if (closed) {
        feed.close()
        return
      }
      const before = follows.get(turnId)
      if (before !== undefined) drop(before)
      const follow = { turnId, feed, ref }
      follows.set(turnId, follow)
      feed.onNews(() => flush(follow))
      flush(follow)
    },
    resume() {
      for (const follow of [...waiting]) {
        if (outbox.full) return
        waiting.delete(follow)
        flush(follow)
      }
    },
    get size() {
      return follows.size
    },
    close() {
      closed = true
      for (const follow of follows.values()) drop(follow)
    },
  }
}

export const turnIsGone = () => new Fault('not_found', 'There is no such turn.')

/** Whether it is the last event of its turn. */
export const isEnd = (event: TurnEvent | undefined): boolean => event?.type === 'done' || event?.type === 'error'
