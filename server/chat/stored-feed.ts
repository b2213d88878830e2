import type { Log } from '#kit'
import type { TurnEvent } from '#protocol'
import type { OwnerStore, TurnRow } from '#store'
import { endedEvents, startEvent } from './ended-events.ts'
import { isEnd, type LiveTurn } from './live-turn.ts'
import type { TurnFeed } from './turn-feed.ts'

export interface StoredFeedOptions {
  readonly owner: OwnerStore
  readonly turnId: string
  readonly after: number
  /** The turn, once it runs in this process. */
  readonly live: () => LiveTurn | undefined
  readonly log: Log
}

/** How often the database is asked for what is new. */
const everyMs = 250

/**
 * A reader of a turn that does not run in this process: one that waits, that another process runs, or that has ended. It
 * looks into the database, and changes over to the live log if the turn comes to run here. Resolves after the first
 * look; undefined when there is no such turn.
 */
export async function openStoredFeed(options: StoredFeedOptions): Promise<TurnFeed | undefined> {
  const { owner, turnId, live, log } = options
  let seen = options.after
  let shownUnits: number | undefined // of the running answer; undefined before the first look at it
  let place: number | undefined
  let news: TurnEvent[] = []
  let inner: TurnFeed | undefined
  let ended = false
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let listener = () => {}

  function tell(events: readonly TurnEvent[]): void {
    if (events.length === 0) return
    for (const event of events) if (event.type !== 'status') seen = Math.max(seen, event.seq)
    news.push(...events)
    ended = isEnd(events.at(-1))
    listener()
  }

  async function look(): Promise<boolean> {
    const liveTurn = live()
    if (liveTurn !== undefined) {
      inner = liveTurn.feed(seen)
      inner.onNews(() => listener())
      listener()
      return true
    }
    const turn = await owner.turns.get(turnId)
    if (turn === undefined) return false
    const answer = await owner.messages.get(turn.conversation_id, turn.message_id)
    if (answer === undefined) return false
    if (turn.status === 'queued') {
      await tellPlace(turn)
    } else if (turn.status === 'running') {
      await tellLogged(turn, answer.content)
    } else {
      tell(endedEvents(turn, answer, (await owner.turns.spent(turnId)) ?? null, seen))
      ended = true
    }
    return true
  }

  async function tellPlace(turn: TurnRow): Promise<void> {
    if (seen < 1) tell([startEvent(turn)])
    const position = await owner.turns.place(turn)
    if (position !== place) tell([{ type: 'status', turn_id: turnId, state: 'queued', position }])
    place = position
  }

  /** `before` is what a continued answer had before this turn. */
  async function tellLogged(turn: TurnRow, before: string): Promise<void> {
    if (seen < 1) tell([startEvent(turn)])
    const rows = await owner.turns.log(turn, shownUnits === undefined ? 0 : seen)
    const [first] = rows
    if (first === undefined) return
    const last = rows.at(-1) ?? first
    const content = rows.map(row => row.content).join('')
    if (shownUnits === undefined || first.text_start !== shownUnits) {
      // Where the reader stands is not known to the log, which keeps flushes, not tokens: they get all of it once.
      if (last.seq > seen) tell([{ type: 'snapshot', turn_id: turnId, seq: last.seq, content: before + content }])
    } else {
      tell([{ type: 'token', turn_id: turnId, seq: last.seq, content, offset: shownUnits }])
    }
    shownUnits = last.text_start + last.content.length
  }

  function lookLater(): void {
    timer = setTimeout(async () => {
      try {
        if (!(await look())) {
          ended = true // the conversation is gone, and its turns with it
          listener()
        }
      } catch (error) {
        log.debug({ turn_id: turnId, error }, 'a reader could not look for news; it tries again')
      }
      if (inner === undefined && !ended && !closed) lookLater()
    }, everyMs)
  }

  if (!(await look())) return undefined
  if (inner === undefined && !ended) lookLater()
  return {
    take() {
      const events = inner === undefined ? news : [...news, ...inner.take()]
      news = []
      return events
    },
    get ended() {
      return news.length === 0 && (inner?.ended ?? ended)
    },
    onNews(callback) {
      listener = callback
    },
    close() {
      closed = true
      clearTimeout(timer)
      inner?.close()
    },
  }
}
