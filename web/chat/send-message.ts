import type { QueryClient } from '@tanstack/react-query'
import type { AcceptedTurn, Conversation, Message } from '#protocol'
import { conversationQuery, messagesQuery, refreshConversations } from '../api/queries.ts'
import { RequestError, request } from '../api/request.ts'
import type { LiveTurns } from '../turns/live-turns.ts'
import type { Outgoing, Receipt } from './outbox.ts'

/** What the work on a chat needs. */
export interface ChatWork {
  readonly queryClient: QueryClient
  readonly liveTurns: LiveTurns
}

/** Answers at once, before the turn has run: its events come over the socket. */
const asTurn = { prefer: 'respond-async' }

/**
 * Sends a message, making its conversation first where there is none (and telling it to `onConversation`). Under its key
 * it is stored once, however often this is called. Rejects with `RequestError` alone.
 */
export async function sendMessage(
  { queryClient, liveTurns }: ChatWork,
  message: Outgoing,
  onConversation: (id: string) => void,
): Promise<Receipt> {
  try {
    const conversationId = message.conversationId ?? (await createConversation(queryClient, message))
    if (message.conversationId === undefined) onConversation(conversationId)
    const accepted = await request<AcceptedTurn>(`/conversations/${conversationId}/messages`, {
      method: 'POST',
      headers: { ...asTurn, 'idempotency-key': message.key },
      body: {
        content: message.content,
        ...(message.parentId !== undefined && { parent_id: message.parentId }),
        ...(message.model !== undefined && { model: message.model }),
      },
    })
    liveTurns.follow(accepted.turn_id, conversationId)
    addMessages(queryClient, conversationId, rowsOf(accepted, message, leafOf(queryClient, conversationId)))
    void refreshConversations(queryClient)
    void queryClient.invalidateQueries({ queryKey: messagesQuery(conversationId).queryKey })
    const { queryKey } = conversationQuery(conversationId)
    // Its first message gave it a title.
    if (queryClient.getQueryData(queryKey)?.title === null) void queryClient.invalidateQueries({ queryKey })
    return { conversationId, answerId: accepted.message_id }
  } catch (error) {
    throw asRequestError(error)
  }
}

/** Has an answer written again beside the first. Rejects with `RequestError`. */
export async function regenerate(
  { queryClient, liveTurns }: ChatWork,
  conversationId: string,
  answer: Message,
  model?: string,
): Promise<AcceptedTurn> {
  const accepted = await request<AcceptedTurn>(`/conversations/${conversationId}/messages/${answer.id}/regenerate`, {
    method: 'POST',
    headers: asTurn,
    body: { ...(model !== undefined && { model }) },
  })
  liveTurns.follow(accepted.turn_id, conversationId)
  addMessages(queryClient, conversationId, [answerOf(accepted, answer.parent_id, model ?? answer.model)])
  void queryClient.invalidateQueries({ queryKey: messagesQuery(conversationId).queryKey })
  return accepted
}

/** Has a cut answer go on, in the same message. Rejects with `RequestError`. */
export async function continueAnswer(
  { queryClient, liveTurns }: ChatWork,
  conversationId: string,
  answer: Message,
): Promise<void> {
  const accepted = await request<AcceptedTurn>(`/turns/${answer.turn_id}/continue`, { method: 'POST', headers: asTurn })
  liveTurns.follow(accepted.turn_id, conversationId)
  setMessage(queryClient, conversationId, {
    ...answer,
    turn_id: accepted.turn_id,
    status: 'running',
    finish_reason: null,
  })
}

/** Ends an answer, keeping its text so far; safe to repeat. Rejects with `RequestError`. */
export const stopTurn = (turnId: string): Promise<unknown> => request(`/turns/${turnId}/stop`, { method: 'POST' })

/** Puts a message in the place of the one it is a newer state of. */
export function setMessage(queryClient: QueryClient, conversationId: string, message: Message): void {
  queryClient.setQueryData(messagesQuery(conversationId).queryKey, known =>
    known?.map(one => (one.id === message.id ? message : one)),
  )
}

async function createConversation(queryClient: QueryClient, { key, model }: Outgoing): Promise<string> {
  const conversation = await request<Conversation>('/conversations', {
    method: 'POST',
    headers: { 'idempotency-key': `${key}.conversation` },
    body: { ...(model !== undefined && { model }) },
  })
  queryClient.setQueryData(conversationQuery(conversation.id).queryKey, conversation)
  queryClient.setQueryData(messagesQuery(conversation.id).queryKey, [])
  return conversation.id
}

function addMessages(queryClient: QueryClient, conversationId: string, more: readonly Message[]): void {
  const { queryKey } = messagesQuery(conversationId)
  // An answer to a look from before would take them away again.
  void queryClient.cancelQueries({ queryKey })
  queryClient.setQueryData(queryKey, (known = []) => [
    ...known.filter(({ id }) => !more.some(one => one.id === id)),
    ...more,
  ])
}

const leafOf = (queryClient: QueryClient, conversationId: string): string | null =>
  queryClient.getQueryData(messagesQuery(conversationId).queryKey)?.at(-1)?.id ?? null

/** The stored rows as they will be read, so that nothing jumps when they are. */
function rowsOf(accepted: AcceptedTurn, { content, parentId, model }: Outgoing, leaf: string | null): Message[] {
  const question: Message = {
    ...answerOf(accepted, parentId === undefined ? leaf : parentId, null),
    id: accepted.user_message_id,
    role: 'user',
    content,
    status: 'done',
  }
  return [question, answerOf(accepted, question.id, model ?? null)]
}

const answerOf = (accepted: AcceptedTurn, parentId: string | null, model: string | null): Message => ({
  id: accepted.message_id,
  parent_id: parentId,
  turn_id: accepted.turn_id,
  role: 'assistant',
  content: '',
  model,
  served_by: null,
  tokens: null,
  status: 'running',
  finish_reason: null,
  cached: false,
  category: null,
  rating: null,
  created_at: new Date().toISOString(),
})

/** Anything else is a bug of the page: it is shown all the same, since the message was not sent. */
const asRequestError = (error: unknown): RequestError =>
  error instanceof RequestError ? error : new RequestError(String(error), { status: 0, code: 'internal' })
