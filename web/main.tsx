import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { conversationsQuery, createQueryClient, messagesQuery } from './api/queries.ts'
import { setMessage } from './chat/send-message.ts'
import { PageContext } from './page-context.ts'
import { createPageRouter } from './routes.tsx'
import './styles.css'
import { createLiveTurns } from './turns/live-turns.ts'

const queryClient = createQueryClient()
const liveTurns = createLiveTurns({
  async onEnd(end, conversationId) {
    if (end?.type === 'done') setMessage(queryClient, conversationId, end.message)
    void queryClient.invalidateQueries({ queryKey: conversationsQuery.queryKey })
    void queryClient.invalidateQueries({ queryKey: ['conversation', conversationId] })
    // Of one that failed only the server knows what was kept.
    const stored = queryClient.invalidateQueries({ queryKey: messagesQuery(conversationId).queryKey })
    if (end?.type !== 'done') await stored
  },
})

const element = document.getElementById('page')
if (element === null) throw new Error('index.html has no #page')
createRoot(element).render(
  <StrictMode>
    <PageContext value={{ queryClient, liveTurns }}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={createPageRouter(queryClient)} />
      </QueryClientProvider>
    </PageContext>
  </StrictMode>,
)
