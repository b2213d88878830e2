import type { DoneEvent, ErrorEvent, StatusEvent, TokenEvent, TurnEvent } from '#protocol'
import type { ClaimedTurn, LoggedText } from '#store'
import { mergeTokens } from './merge-tokens.ts'
import type { ReaderTick } from './reader-tick.ts'
import type { ReplyEvent } from './run-turn/reply-event.ts'
import type { TurnFeed } from './turn-feed.ts'

/**
 * Why a turn is told to end early; the reason of its abort signal. `fenced`: another process has taken it over.
 * `handed_over`: another one shall, so what it has said so far is kept, and nothing else.
 */
export type EarlyEnd = 'stopped' | 'shutting_down' | 'deadline' | 'fenced' | 'handed_over'

/** How a turn's end looks to its readers, but for what the log adds. */
export type EndEvent = Omit<DoneEvent, 'seq' | 'turn_id'> | Omit<ErrorEvent, 'seq' | 'turn_id'>

/**
 * A turn that runs in this process: its append-only log of events, in memory, and whoever reads it. The log outlives no
 * process, but its text is written to the database as it grows (`turn-log.ts`).
 */
export interface LiveTurn {
  readonly turn: ClaimedTurn
  /** The whole answer so far, with what a continued one had before. */
  readonly text: string
  /** Of the event that tells the end, if it comes next. */
  readonly endSeq: number
  /** Aborted when the turn is to end early, with an `EarlyEnd` as its reason. */
  readonly signal: AbortSignal
  endEarly(reason: EarlyEnd): void
  append(batch: readonly ReplyEvent[]): void
  /** The last event. */
  end(event: EndEvent): void
  /** It is another process's turn now: nothing more comes from here, and readers have to look for it elsewhere. */
  lose(): void
  readonly lost: boolean
  /** A reader that has seen everything up to `after`. */
  feed(after: number): LiveFeed
  /** The text that the database does not have yet; undefined when it has all. */
  unlogged(): LoggedText | undefined
  /** Says that the database has this text now. */
  logged(text: LoggedText): void
  /** Says that the database's log has a hole: the next text to log is all of it. */
  logAsWhole(): void
  /** There is nothing more to log: the turn's end, which is about to be recorded, holds all of its text. */
  closeLog(): void
}

export interface LiveFeed extends TurnFeed {
  /** Up to where the reader has taken events. */
  readonly seen: () => number
}

/** A reader gets up to so many events one by one; one that is further behind gets its tokens merged. */
const mostUnmerged = 64
/** Whoever reads the turn later is told its start, its text and its end, also where there is no text. */
const earliestEnd = 3

export function createLiveTurn(turn: ClaimedTurn, tick: Pick<ReaderTick, 'pressed' | 'open' | 'soon'>): LiveTurn {
  const { turnId } = turn
  const abort = new AbortController()
  const entries: Exclude<TurnEvent, StatusEvent>[] = []
  const readers = new Set<() => void>()
  let text = turn.prefix
  let lost = false
  let loggedUnits = text.length
  let loggedSeq = turn.taken?.loggedSeq ?? 0
  let wholeLog = false
  let logClosed = false
  let seq = 0
  let status: StatusEvent | undefined

  const next = () => ({ turn_id: turnId, seq: ++seq })

  entries.push({
    type: 'start',
    ...next(),
    conversation_id: turn.conversationId,
    message_id: turn.answerId,
    user_message_id: turn.userMessageId,
  })
  // Whoever read the turn before it was taken over may have seen more than was kept.
  if (turn.taken !== undefined) seq = turn.taken.lastSeq - 1
  if (text !== '' || turn.taken !== undefined) entries.push({ type: 'snapshot', ...next(), content: text })

  function tell(urgent: boolean): void {
    for (const reader of readers) tick.soon(reader, urgent)
  }

  function log(event: ReplyEvent): void {
    switch (event.type) {
      case 'queued': {
        const { position, waitMs } = event
        status = { type: 'status', turn_id: turnId, state: 'queued', position, wait_ms: waitMs }
        return
      }
      case 'dispatched':
        status = { type: 'status', turn_id: turnId, state: 'thinking' }
        return
      case 'waiting':
        status = { type: 'status', turn_id: turnId, state: 'loading' }
        return
      case 'text': {
        const token: TokenEvent = {
          type: 'token',
          turn_id: turnId,
          seq: ++seq,
          content: event.text,
          offset: text.length,
        }
        text += event.text
        status = undefined
        entries.push(token)
        return
      }
      case 'reasoning':
        entries.push({ type: 'reasoning', ...next(), content: event.text })
        return
      case 'usage':
        entries.push({
          type: 'usage',
          ...next(),
          usage: {
            input_tokens: event.inputTokens,
            cached_tokens: event.cachedTokens,
            output_tokens: event.outputTokens,
          },
        })
        return
      case 'refused':
        entries.push(
          text === ''
            ? { type: 'token', ...next(), content: event.refusal.text, offset: 0 }
            : { type: 'snapshot', ...next(), content: event.refusal.text },
        )
        text = event.refusal.text
        // The end, which is near, writes it; the log holds only text that grows.
        loggedUnits = text.length
        return
      case 'kept':
      case 'given_up':
      case 'went_on':
      case 'tool_call':
      case 'end':
      case 'too_long':
        return // the end is told by `end`, once it is recorded; the others are nothing to readers
    }
  }

  return {
    turn,
    get text() {
      return text
    },
    get endSeq() {
      return Math.max(seq + 1, earliestEnd)
    },
    signal: abort.signal,
    endEarly: reason => abort.abort(reason),
    append(batch) {
      const first = text === turn.prefix
      for (const event of batch) log(event)
      tell(first)
    },
    end(event) {
      status = undefined
      seq = Math.max(seq + 1, earliestEnd)
      entries.push({ ...event, turn_id: turnId, seq })
      tell(true)
    },
    lose() {
      lost = true
      tell(true)
    },
    get lost() {
      return lost
    },
    feed(after) {
      let place = entries.findIndex(entry => entry.seq > after)
      if (place === -1) place = entries.length
      let toldStatus: StatusEvent | undefined
      let listener = () => {}
      const tellReader = () => listener()
      readers.add(tellReader)
      const hasEnded = () => place > 0 && place === entries.length && isEnd(entries[place - 1])
      const feed = {
        ended: hasEnded(), // no getter: see `ReaderTick`
        take() {
          if (lost) return []
          if (!tick.open()) {
            tick.soon(tellReader, true)
            return []
          }
          const news: readonly TurnEvent[] = entries.slice(place)
          place = entries.length
          feed.ended = hasEnded()
          const merge = news.length > 1 && (tick.pressed || news.length > mostUnmerged)
          const events = merge ? mergeTokens(news) : news
          if (status === undefined || status === toldStatus) return events
          toldStatus = status
          return [...events, status]
        },
        seen: () => Math.max(after, place === 0 ? 0 : (entries[place - 1]?.seq ?? 0)),
        onNews(callback: () => void) {
          listener = callback
        },
        close() {
          readers.delete(tellReader)
        },
      }
      return feed
    },
    unlogged() {
      const textStart = wholeLog ? (turn.taken?.loggedFrom ?? turn.prefix.length) : loggedUnits
      if (logClosed || text.length <= textStart) return undefined
      const { userId, epoch } = turn
      const after = wholeLog ? null : loggedSeq
      return { userId, turnId, epoch, seq, after, textStart, content: text.slice(textStart) }
    },
    logged(written) {
      loggedUnits = written.textStart + written.content.length
      loggedSeq = written.seq
      wholeLog = false
    },
    logAsWhole() {
      wholeLog = true
    },
    closeLog() {
      logClosed = true
    },
  }
}

export const isEnd = (event: TurnEvent | undefined): boolean => event?.type === 'done' || event?.type === 'error'
