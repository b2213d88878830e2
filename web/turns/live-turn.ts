import type { DoneEvent, ErrorEvent, TurnEvent } from '#protocol'

/** What is known of a turn that is being answered. */
export interface LiveTurn {
  /** Of the last event applied; where a reader goes on after a broken connection. */
  readonly seq: number
  /** The answer so far. */
  readonly content: string
  readonly reasoning: string
  /** What the reader waits for; null once text comes. */
  readonly waiting: Waiting | null
  /** Once nothing more will come. */
  readonly end: DoneEvent | ErrorEvent | null
  /** Text is missing: the events before must be read once more, from the beginning. */
  readonly torn: boolean
}

export interface Waiting {
  readonly state: 'sent' | 'queued' | 'loading' | 'thinking'
  readonly position: number | undefined
  readonly waitMs: number | undefined
}

export const unheard: LiveTurn = {
  seq: 0,
  content: '',
  reasoning: '',
  waiting: { state: 'sent', position: undefined, waitMs: undefined },
  end: null,
  torn: false,
}

/**
 * Applies one event, as the contract says: by `seq` and `offset`, so that events which come twice change nothing and
 * the result is exactly the stored text. Pure; returns the same object where nothing changed.
 */
export function applyEvent(turn: LiveTurn, event: TurnEvent): LiveTurn {
  if (turn.end !== null) return turn
  if (event.type === 'status') {
    // A wait that is over is not told again: text came.
    if (turn.content !== '') return turn
    return { ...turn, waiting: { state: event.state, position: event.position, waitMs: event.wait_ms } }
  }
  if (event.seq <= turn.seq) return turn
  const seen = { ...turn, seq: event.seq }
  switch (event.type) {
    case 'start':
    case 'usage':
      return seen
    case 'token':
      if (event.offset > turn.content.length) return { ...turn, torn: true }
      return { ...seen, content: joined(turn.content, event.content, event.offset), waiting: null }
    case 'reasoning':
      return { ...seen, reasoning: turn.reasoning + event.content, waiting: null }
    case 'snapshot':
      return { ...seen, content: event.content, waiting: event.content === '' ? turn.waiting : null, torn: false }
    case 'done':
      return { ...seen, content: event.message.content, waiting: null, end: event, torn: false }
    case 'error':
      return { ...seen, waiting: null, end: event }
  }
}

const joined = (text: string, more: string, offset: number) =>
  offset === text.length ? text + more : text.slice(0, offset) + more
