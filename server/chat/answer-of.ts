import { Fault } from '#kit'
import type { DoneEvent, ErrorEvent, Message } from '#protocol'
import type { TurnFeed } from './turn-feed.ts'

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
