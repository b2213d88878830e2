import { useMemo } from 'react'
import type { Message } from '#protocol'
import { request } from '../api/request.ts'
import { toast } from '../ui/toast.tsx'
import { type ChatWork, continueAnswer, regenerate, setMessage, stopTurn } from './send-message.ts'

/** What a reader may do with the answers of a chat. What fails is said at the page's edge; none of these rejects. */
export interface AnswerWork {
  readonly stop: (turnId: string) => void
  readonly goOn: (answer: Message) => Promise<void>
  /** Undefined model: the one that wrote it. */
  readonly again: (answer: Message, model?: string) => Promise<void>
  readonly rate: (answer: Message, value: 1 | -1 | null) => void
}

/** The same object as long as the chat is the same, so that answers which have not changed are not drawn again. */
export function useAnswerWork(
  page: ChatWork,
  conversationId: string,
  choose: (parentId: string | null, messageId: string) => void,
): AnswerWork {
  return useMemo(
    () => ({
      stop: turnId => void said(stopTurn(turnId)),
      goOn: answer => said(continueAnswer(page, conversationId, answer)),
      again: (answer, model) =>
        said(
          regenerate(page, conversationId, answer, model).then(accepted =>
            choose(answer.parent_id, accepted.message_id),
          ),
        ),
      rate(answer, value) {
        const path = `/conversations/${conversationId}/messages/${answer.id}/rating`
        setMessage(page.queryClient, conversationId, { ...answer, rating: value })
        void said(
          request<Message>(path, { method: 'PUT', body: { value } }).catch(error => {
            setMessage(page.queryClient, conversationId, answer)
            throw error
          }),
        )
      },
    }),
    [page, conversationId, choose],
  )
}

async function said(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    toast({ text: error instanceof Error ? error.message : String(error) })
  }
}
