import { Fault, type Log } from '#kit'
import type { DoneEvent, ErrorEvent, Message } from '#protocol'
import type { Store } from '#store'
import type { LiveTurns } from './live-turns.ts'
import { openStoredFeed } from './stored-feed.ts'
import type { TurnFeed } from './turn-feed.ts'

export interface FollowTurnDeps {
  readonly store: Store
  readonly liveTurns: LiveTurns
  readonly log: Log
}

/**
 * A reader of a turn that has seen everything up to `after`. Undefined when the turn has ended and there is nothing new
 * to them. Throws `not_found`.
 */
export async function followTurn(
  { store, liveTurns, log }: FollowTurnDeps,
  userId: string,
  turnId: string,
  after: number,
): Promise<TurnFeed | undefined> {
  const live = liveTurns.get(turnId)
  if (live?.turn.userId === userId) return live.feed(after)
  const feed = await openStoredFeed({
    owner: store.of(userId),
    turnId,
    after,
    live: () => liveTurns.get(turnId),
    log,
  })
  if (feed === undefined) throw new Fault('not_found', 'There is no such turn.')
  return feed.ended ? undefined : feed
}

/** Waits for the end of a turn and returns its answer. Throws the turn's own fault where it failed. */
export async function answerOf(feed: TurnFeed): Promise<Message> {
  const end = await endOf(feed)
  if (end.type === 'error') throw new Fault(end.code, end.message)
  return end.message
}

async function endOf(feed: TurnFeed): Promise<DoneEvent | ErrorEvent> {
  let wake = () => {}
  feed.onNews(() => wake())
  try {
    for (;;) {
      const news = new Promise<void>(resolve => {
        wake = resolve
      })
      for (const event of feed.take()) if (event.type === 'done' || event.type === 'error') return event
      if (feed.ended) throw new Fault('not_found', 'The conversation was deleted in the meantime.')
      await news
    }
  } finally {
    feed.close()
  }
}
