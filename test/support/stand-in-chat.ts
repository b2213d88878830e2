import { randomUUID } from 'node:crypto'
import type { Chat, TurnFeed } from '#chat'
import { Fault } from '#kit'
import type { Message } from '#protocol'
import { createLiveTurn, type LiveTurn } from '../../server/chat/live-turn.ts'
import { toldAtOnce } from './told-at-once.ts'

/** The part of chat that a socket sees, without a model or a database: turns run when the test says something in them. */
export interface StandInChat {
  readonly chat: Chat
  /** Every turn that was begun, oldest first. */
  readonly turns: readonly StandInTurn[]
  /** Readers that were opened and not yet closed. */
  readonly openFeeds: number
  /** Begins a turn of `userId`. */
  begin(userId: string): StandInTurn
  /** What the next `begin.send` waits for; one that rejects is its failure. */
  beforeSend: () => Promise<unknown>
  /** What the next `stop` waits for, after the turn was told. */
  afterStop: () => Promise<unknown>
  /** What the next readers are, in place of the turn's own. */
  feedOf: (turn: LiveTurn, after: number) => TurnFeed
}

export interface StandInTurn {
  readonly id: string
  readonly live: LiveTurn
  readonly stopped: boolean
  say(text: string): void
  finish(): void
}

export function createStandInChat(): StandInChat {
  const turns: StandInTurn[] = []
  let openFeeds = 0

  const of = (userId: string, turnId: string): StandInTurn => {
    const turn = turns.find(({ id, live }) => id === turnId && live.turn.userId === userId)
    if (turn === undefined) throw new Fault('not_found', 'There is no such turn.')
    return turn
  }

  function countedFeed(feed: TurnFeed): TurnFeed {
    let open = true
    openFeeds += 1
    return {
      take: () => feed.take(),
      get ended() {
        return feed.ended
      },
      onNews: listener => feed.onNews(listener),
      close() {
        if (open) openFeeds -= 1
        open = false
        feed.close()
      },
    }
  }

  const standIn: StandInChat = {
    turns,
    get openFeeds() {
      return openFeeds
    },
    begin(userId) {
      const turn = createTurn(userId)
      turns.push(turn)
      return turn
    },
    beforeSend: async () => {},
    afterStop: async () => {},
    feedOf: (turn, after) => turn.feed(after),
    chat: {
      conversations: unused(),
      models: () => [],
      begin: {
        async send(userId, _conversationId, message, options) {
          await standIn.beforeSend()
          await options?.beforeStart?.()
          const { live } = standIn.begin(userId)
          live.append([{ type: 'text', text: message.content }])
          const { turnId, answerId, userMessageId } = live.turn
          return { turn_id: turnId, message_id: answerId, user_message_id: userMessageId }
        },
        regenerate: unused(),
        goOn: unused(),
      },
      follow: async (userId, turnId, after) => countedFeed(standIn.feedOf(of(userId, turnId).live, after)),
      async stop(userId, turnId) {
        of(userId, turnId).live.endEarly('stopped')
        of(userId, turnId).finish()
        await standIn.afterStop()
        return unused()
      },
      answer: unused(),
      turn: unused(),
      runningTurns: 0,
      forPeers: unused(),
      start: unused(),
      drain: unused(),
    },
  }
  return standIn
}

function createTurn(userId: string): StandInTurn {
  const id = randomUUID()
  const turn = {
    userId,
    turnId: id,
    conversationId: randomUUID(),
    answerId: randomUUID(),
    userMessageId: randomUUID(),
    model: 'stand-in',
    temperature: undefined,
    maxTokens: undefined,
    fresh: false,
    interactive: false,
    epoch: 1,
    prefix: '',
    taken: undefined,
  }
  const live = createLiveTurn(turn, toldAtOnce)
  return {
    id,
    live,
    get stopped() {
      return live.signal.aborted
    },
    say: text => live.append([{ type: 'text', text }]),
    finish: () => live.end({ type: 'done', message: answerOf(live), usage: null, finish_reason: 'stop' }),
  }
}

const answerOf = ({ turn, text }: LiveTurn): Message => ({
  id: turn.answerId,
  parent_id: turn.userMessageId,
  turn_id: turn.turnId,
  role: 'assistant',
  content: text,
  model: turn.model,
  served_by: null,
  tokens: null,
  status: 'done',
  finish_reason: 'stop',
  cached: false,
  category: null,
  rating: null,
  created_at: new Date(0).toISOString(),
})

/** A part that sockets never touch: it fails when they do. */
const unused = <Part>(): Part => undefined as Part
