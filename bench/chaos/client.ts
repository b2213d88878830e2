import { Conversation, MessagePage } from '#protocol'
import { seededRandom } from '../seeded-random.ts'
import { type AnswerWish, questionOf } from './answer-text.ts'
import { beginTurn } from './client-turn.ts'
import { type HistoryWriter, textOf } from './history.ts'
import { createRequests } from './requests.ts'
import { createSocketTalker } from './talk-over-socket.ts'
import { talkOverSse } from './talk-over-sse.ts'

export interface ClientOptions {
  readonly number: number
  /** Of the load balancer. */
  readonly url: string
  readonly key: string
  readonly run: string
  readonly seed: number
  /** Connections are dropped after a random number of events, this one on average; undefined: never. */
  readonly dropAfter: number | undefined
  /** Which share of its turns the client stops. */
  readonly stopShare: number
  readonly wish: AnswerWish
  readonly history: HistoryWriter
  /** Aborted: no more messages are sent. */
  readonly ending: AbortSignal
  /** Aborted: nothing is waited for any longer. */
  readonly signal: AbortSignal
  /** A connection was dropped on purpose. */
  readonly onDrop: () => void
}

/** Most turns of one conversation. */
const mostTurns = 4
/** A stop comes within so long after the acknowledgement. */
const stopWithinMs = 6_000

/**
 * A user who chats: makes conversations and sends messages, each when the last one's answer has ended, until `ending`; half of
 * them by server-sent events, half over a WebSocket. Resolves with the conversations it made.
 */
export async function runClient(options: ClientOptions): Promise<readonly string[]> {
  const { number, url, key, history, ending, signal, stopShare } = options
  const random = seededRandom(options.seed + number)
  const requests = createRequests({ url, key, client: number, history })
  const dropAfter = () => {
    if (options.dropAfter === undefined) return Number.POSITIVE_INFINITY
    return 1 + Math.floor(random() * 2 * options.dropAfter)
  }
  const talk = { requests, dropAfter, onDrop: options.onDrop, signal }
  const socket = number % 2 === 0 ? createSocketTalker({ ...talk, url, key }) : undefined
  const conversations: string[] = []
  let turns = 0
  while (!ending.aborted) {
    const made = await requests.call(
      {
        operation: 'create',
        method: 'POST',
        path: '/conversations',
        body: { title: `Client ${number}` },
        headers: { 'idempotency-key': crypto.randomUUID() },
      },
      signal,
    )
    if (made?.status !== 201) break
    const { id } = Conversation.parse(made.body)
    conversations.push(id)
    const count = 1 + Math.floor(random() * mostTurns)
    for (let turnOfConversation = 0; turnOfConversation < count && !ending.aborted; turnOfConversation++) {
      turns += 1
      const turn = beginTurn({
        client: number,
        conversationId: id,
        question: questionOf(options.run, number, turns, options.wish),
        history,
        requests,
        stopAfterMs: random() < stopShare ? random() * stopWithinMs : undefined,
        signal,
      })
      if (socket === undefined) await talkOverSse(turn, talk, random() < 0.5)
      else await socket.talk(turn)
      turn.close()
    }
  }
  socket?.close()
  return conversations
}

/** Writes down what the server tells of a conversation now. */
export async function readStored(
  options: Pick<ClientOptions, 'number' | 'url' | 'key' | 'history' | 'signal'>,
  conversationId: string,
): Promise<void> {
  const { number, url, key, history, signal } = options
  const requests = createRequests({ url, key, client: number, history })
  const path = `/conversations/${conversationId}/messages?limit=100`
  const answer = await requests.call({ operation: 'read', method: 'GET', path }, signal)
  if (answer?.status !== 200) return
  const messages = MessagePage.parse(answer.body).data.map(({ id, turn_id: turnId, role, status, content }) => ({
    id,
    turnId,
    role,
    status,
    text: textOf(content),
  }))
  history.write({ type: 'stored', client: number, conversationId, messages })
}
