import type { TurnEvent } from '#protocol'
import type { Pause } from './history.ts'

/** One turn as a client shows it, by the contract's rules and no others; what breaks them is noted. */
export interface TurnView {
  readonly text: string
  /** Of the last event that was applied. */
  readonly seq: number
  readonly end: Extract<TurnEvent, { type: 'done' | 'error' }> | undefined
  readonly violations: readonly string[]
  readonly pauses: readonly Pause[]
  /** A connection begins: what it sends must rise by itself, too. */
  connected(): void
  apply(event: TurnEvent): void
}

/** A silence this long is a pause: the slowest answer has five tokens a second. In ms. */
const pauseMs = 1_000
/** Enough to see what goes wrong. */
const mostViolations = 5

/** The turn was acknowledged at `now()`. */
export function viewTurn(now: () => number): TurnView {
  const violations: string[] = []
  const pauses: Pause[] = []
  let [text, seq, lastOfConnection, newsAt] = ['', 0, 0, now()]
  let end: TurnView['end']

  const violate = (what: string) => {
    if (violations.length < mostViolations) violations.push(what)
  }

  function news(): void {
    const at = now()
    if (at - newsAt > pauseMs) pauses.push({ from: newsAt, to: at })
    newsAt = at
  }

  return {
    get text() {
      return text
    },
    get seq() {
      return seq
    },
    get end() {
      return end
    },
    violations,
    pauses,
    connected() {
      lastOfConnection = 0
    },
    apply(event) {
      if (event.type === 'status') return
      if (event.seq <= lastOfConnection) violate(`seq ${event.seq} came after ${lastOfConnection}`)
      lastOfConnection = event.seq
      if (event.seq <= seq) return
      if (end !== undefined) violate(`${event.type} ${event.seq} came after the end`)
      seq = event.seq
      switch (event.type) {
        case 'token':
          if (event.offset !== text.length)
            violate(`a token for place ${event.offset}, where the text has ${text.length}`)
          text = text.slice(0, event.offset) + event.content
          news()
          break
        case 'snapshot':
          // One that tells nothing new is no sign of life.
          if (event.content.length > text.length) news()
          text = event.content
          break
        case 'done':
        case 'error':
          end = event
          news()
          break
        case 'start':
        case 'reasoning':
        case 'usage':
          break
      }
    },
  }
}
