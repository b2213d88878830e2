import type { TurnEvent } from '#protocol'
import type { OwnerStore, TurnRow } from '#store'
import { endedEvents, startEvent } from './ended-events.ts'

/** One reader's view of a turn through the database, which knows all but the last moments of it. */
export interface StoredTurn {
  /** Undefined when there is no such turn. */
  read(): Promise<TurnRow | undefined>
  /**
   * What is new of the turn, which was just read, to a reader who has seen everything up to `seen`. Undefined when it is
   * gone with its conversation.
   */
  news(turn: TurnRow, seen: number): Promise<readonly TurnEvent[] | undefined>
  /** The reader was told things from elsewhere: where they stand in the text is not known any more. */
  forgetPlace(): void
}

export function createStoredTurn(owner: OwnerStore, turnId: string): StoredTurn {
  let shownUnits: number | undefined // of the running answer
  let place: number | undefined

  const startedEvents = (turn: TurnRow, seen: number): TurnEvent[] => (seen < 1 ? [startEvent(turn)] : [])

  async function newPlace(turn: TurnRow): Promise<readonly TurnEvent[]> {
    const position = await owner.turns.place(turn)
    if (position === place) return []
    place = position
    return [{ type: 'status', turn_id: turnId, state: 'queued', position }]
  }

  /** `before` is what a continued answer had before this turn. */
  async function newText(turn: TurnRow, before: string, seen: number): Promise<readonly TurnEvent[]> {
    const rows = await owner.turns.log(turn, shownUnits === undefined ? 0 : seen)
    const [first] = rows
    const last = rows.at(-1)
    if (first === undefined || last === undefined) return []
    if (shownUnits === undefined && last.seq < seen) return [] // they have more than was logged so far
    const follows = first.text_start === shownUnits
    const content = rows.map(row => row.content).join('')
    shownUnits = last.text_start + last.content.length
    if (follows) return [{ type: 'token', turn_id: turnId, seq: last.seq, content, offset: first.text_start }]
    if (last.seq === seen) return []
    // Where the reader stands is not known to the log, which keeps flushes, not tokens: they get all of it once.
    const isAll = first.text_start === before.length
    const all = isAll ? content : (await owner.turns.log(turn, 0)).map(row => row.content).join('')
    return [{ type: 'snapshot', turn_id: turnId, seq: last.seq, content: before + all }]
  }

  return {
    read: () => owner.turns.get(turnId),
    async news(turn, seen) {
      const answer = await owner.messages.get(turn.conversation_id, turn.message_id)
      if (answer === undefined) return undefined
      switch (turn.status) {
        case 'queued':
          return [...startedEvents(turn, seen), ...(await newPlace(turn))]
        case 'running':
          return [...startedEvents(turn, seen), ...(await newText(turn, answer.content, seen))]
        default:
          return endedEvents(turn, answer, (await owner.turns.spent(turnId)) ?? null, seen)
      }
    },
    forgetPlace() {
      shownUnits = undefined
    },
  }
}
