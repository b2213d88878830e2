import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query'
import type { Conversation, ConversationPage, Instance, Message, ModelPage, Turn, User } from '#protocol'
import { withNewest } from './newest-page.ts'
import { readAll } from './read-all.ts'
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

/** Newest activity first, a page at a time. Kept fresh by `refreshConversations`. */
export const conversationsQuery = infiniteQueryOptions({
  queryKey: ['conversations'],
  queryFn: ({ pageParam, signal }) =>
    request<ConversationPage>(`/conversations?limit=40${pageParam === '' ? '' : `&cursor=${pageParam}`}`, { signal }),
  initialPageParam: '',
  getNextPageParam: page => page.next_cursor ?? undefined,
  refetchOnWindowFocus: false,
  staleTime: Number.POSITIVE_INFINITY,
})

/** How often it is asked what other devices have written, while somebody looks. */
export const freshMs = 15_000

/**
 * Brings the list up to date with one request, however much of it has been read: the newest page takes the place of what
 * was known of that time. Never rejects.
 */
export async function refreshConversations(queryClient: QueryClient): Promise<void> {
  const { queryKey } = conversationsQuery
  if (queryClient.getQueryData(queryKey) === undefined) {
    await queryClient.invalidateQueries({ queryKey })
    return
  }
  try {
    const newest = await request<ConversationPage>('/conversations?limit=40')
    queryClient.setQueryData(queryKey, known => known && { ...known, pages: withNewest(known.pages, newest) })
  } catch {
    // The next look will do.
  }
}

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: ['conversation', id],
    queryFn: ({ signal }) => request<Conversation>(`/conversations/${id}`, { signal }),
    staleTime: 10_000,
    refetchInterval: freshMs,
  })

/** The whole tree, oldest first. Looked at again when its conversation has changed. */
export const messagesQuery = (conversationId: string) =>
  queryOptions({
    queryKey: ['messages', conversationId],
    queryFn: ({ signal }) => readAll<Message>(`/conversations/${conversationId}/messages`, signal),
    staleTime: 10_000,
  })

export const turnQuery = (id: string) =>
  queryOptions({ queryKey: ['turn', id], queryFn: ({ signal }) => request<Turn>(`/turns/${id}`, { signal }) })

export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) =>
          failures < 2 && error instanceof RequestError && (error.status === 0 || error.status >= 500),
        refetchOnWindowFocus: 'always',
        // The server may be this machine: without a network it is still there.
        networkMode: 'always',
        refetchOnReconnect: true,
      },
      mutations: { networkMode: 'always' },
    },
  })
