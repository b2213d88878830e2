import type { ParleyServer } from '../parley-server.ts'
import { faultToRead } from './faults.ts'
import { openChat } from './parley-chat.ts'
import type { RecallChat } from './recall.ts'

export interface RecallResult extends RecallChat {
  readonly answer: string
  readonly right: boolean
  readonly fault: string | undefined
}

/** Holds one chat: tells, talks of other things for `distance` turns, and asks. */
export async function measureRecall(
  server: ParleyServer,
  chat: RecallChat,
  smallTalk: readonly string[],
): Promise<RecallResult> {
  const conversation = await openChat(server)
  for (const telling of chat.telling) await conversation.say(telling)
  for (const said of smallTalk.slice(0, chat.distance)) await conversation.say(said)
  const answer = await conversation.say(chat.question)
  const holds = (value: string | undefined) =>
    value !== undefined && new RegExp(`(?<![\\p{L}\\d])${RegExp.escape(value)}(?![\\p{L}\\d])`, 'iu').test(answer.text)
  return {
    ...chat,
    answer: answer.text,
    right: holds(chat.expected) && !holds(chat.unexpected),
    fault: faultToRead(answer),
  }
}
