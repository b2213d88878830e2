import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import type { Conversation, ConversationPage } from '#protocol'
import { conversationQuery, conversationsQuery } from '../api/queries.ts'
import { request } from '../api/request.ts'
import { t } from '../text/catalogue.ts'
import { toast } from '../ui/toast.tsx'

/** Changes it at once in sight, and back with a word where the server refuses. Never rejects. */
export async function changeConversation(
  queryClient: QueryClient,
  conversation: Conversation,
  change: Partial<Pick<Conversation, 'title' | 'pinned'>>,
): Promise<void> {
  show(queryClient, { ...conversation, ...change })
  try {
    show(queryClient, await request(`/conversations/${conversation.id}`, { method: 'PATCH', body: change }))
  } catch (error) {
    show(queryClient, conversation)
    fail(error)
  }
}

/** Deletes it, and offers to bring it back. Never rejects. */
export async function deleteConversation(queryClient: QueryClient, { id }: Conversation): Promise<void> {
  const { queryKey } = conversationsQuery
  await queryClient.cancelQueries({ queryKey })
  queryClient.setQueryData(queryKey, known => changePages(known, page => page.filter(one => one.id !== id)))
  try {
    await request(`/conversations/${id}`, { method: 'DELETE' })
    toast({ text: t('sidebar.deleted'), action: { label: t('action.undo'), run: () => void restore(queryClient, id) } })
  } catch (error) {
    fail(error)
  }
  await queryClient.invalidateQueries({ queryKey })
}

async function restore(queryClient: QueryClient, id: string): Promise<void> {
  try {
    await request(`/conversations/${id}/restore`, { method: 'POST' })
  } catch (error) {
    fail(error)
  }
  await queryClient.invalidateQueries()
}

function show(queryClient: QueryClient, conversation: Conversation): void {
  queryClient.setQueryData(conversationQuery(conversation.id).queryKey, conversation)
  queryClient.setQueryData(conversationsQuery.queryKey, known =>
    changePages(known, page => page.map(one => (one.id === conversation.id ? conversation : one))),
  )
}

type Pages = InfiniteData<ConversationPage, unknown>

const changePages = (known: Pages | undefined, change: (page: Conversation[]) => Conversation[]) =>
  known && { ...known, pages: known.pages.map(page => ({ ...page, data: change(page.data) })) }

const fail = (error: unknown) => toast({ text: error instanceof Error ? error.message : String(error) })
