import type { TurnEvent } from '#protocol'
import type { LogRow, OwnerStore, TurnRow } from '#store'
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

  const answerOf = ({ conversation_id, message_id }: TurnRow) => owner.messages.get(conversation_id, message_id)

  async function newText(turn: TurnRow, seen: number): Promise<readonly TurnEvent[] | undefined> {
    const rows = await owner.turns.log(turn, shownUnits === undefined ? 0 : seen)
    const [first] = rows
    const last = rows.at(-1)
    if (first === undefined || last === undefined) return []
    if (shownUnits === undefined && last.seq < seen) return [] // they have more than was logged so far
    const follows = first.text_start === shownUnits
    shownUnits = last.text_start + last.content.length
    if (follows)
      return [{ type: 'token', turn_id: turnId, seq: last.seq, content: textOf(rows), offset: first.text_start }]
    if (last.seq === seen) return []
    // Where the reader stands is not known to the log, which keeps flushes, not tokens: they get all of it once, with
    // what a continued answer had before.
    const answer = await answerOf(turn)
    if (answer === undefined) return undefined
    const all = first.text_start === answer.content.length ? rows : await owner.turns.log(turn, 0)
    return [{ type: 'snapshot', turn_id: turnId, seq: last.seq, content: answer.content + textOf(all) }]
  }

  async function newEnd(turn: TurnRow, seen: number): Promise<readonly TurnEvent[] | undefined> {
    const [answer, kept] = await Promise.all([answerOf(turn), owner.conversations.modelOf(turn.conversation_id)])
    if (kept === undefined) return undefined // it is deleted, and can be brought back
    return answer && endedEvents(turn, answer, (await owner.turns.spent(turnId)) ?? null, seen)
  }

  return {
    read: () => owner.turns.get(turnId),
    async news(turn, seen) {
      if (turn.ended_at !== null) return newEnd(turn, seen)
      const news = turn.status === 'queued' ? await newPlace(turn) : await newText(turn, seen)
      return news && [...startedEvents(turn, seen), ...news]
    },
    forgetPlace() {
      shownUnits = undefined
    },
  }
}

const textOf = (rows: readonly LogRow[]) => rows.map(({ content }) => content).join('')
