import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query'
import type { Conversation, ConversationPage, Instance, Message, MessagePage, ModelPage, Turn, User } from '#protocol'
import { RequestError, request } from './request.ts'

/** What the page keeps of the server, by its key. Everything that reads the server's state reads it through these. */

export const instanceQuery = queryOptions({
  queryKey: ['instance'],
  queryFn: ({ signal }) => request<Instance>('/instance', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => request<User>('/me', { signal }),
  staleTime: 5 * 60_000,
})

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: async ({ signal }) => (await request<ModelPage>('/models', { signal })).data,
  staleTime: 30_000,
  refetchInterval: 60_000,
})

/** Newest activity first, a page at a time. Looked at again now and then: other devices write, too. */
export const conversationsQuery = infiniteQueryOptions({
  queryKey: ['conversations'],
  queryFn: ({ pageParam, signal }) =>
    request<ConversationPage>(`/conversations?limit=40${pageParam === '' ? '' : `&cursor=${pageParam}`}`, { signal }),
  initialPageParam: '',
  getNextPageParam: page => page.next_cursor ?? undefined,
  staleTime: 10_000,
  refetchInterval: 15_000,
})

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: ['conversation', id],
    queryFn: ({ signal }) => request<Conversation>(`/conversations/${id}`, { signal }),
    staleTime: 10_000,
  })

/** The whole tree, oldest first. */
export const messagesQuery = (conversationId: string) =>
  queryOptions({
    queryKey: ['messages', conversationId],
    queryFn: ({ signal }) => readAllMessages(conversationId, signal),
    staleTime: 10_000,
    refetchInterval: 15_000,
  })

export const turnQuery = (id: string) =>
  queryOptions({ queryKey: ['turn', id], queryFn: ({ signal }) => request<Turn>(`/turns/${id}`, { signal }) })

async function readAllMessages(conversationId: string, signal: AbortSignal): Promise<readonly Message[]> {
  const messages: Message[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const next: string = cursor === '' ? '' : `&cursor=${cursor}`
    const page: MessagePage = await request(`/conversations/${conversationId}/messages?limit=100${next}`, { signal })
    messages.push(...page.data)
    cursor = page.next_cursor
  }
  return messages
}

export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) =>
          failures < 2 && error instanceof RequestError && (error.status === 0 || error.status >= 500),
        refetchOnWindowFocus: 'always',
      },
    },
  })
