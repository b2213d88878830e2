import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { listenToOtherTabs } from './account/other-tabs.ts'
import { createQueryClient, messagesQuery, refreshConversations } from './api/queries.ts'
import { createOutbox } from './chat/outbox.ts'
import { sendMessage, setMessage } from './chat/send-message.ts'
import { PageContext } from './page-context.ts'
import { createPageRouter } from './routes.tsx'
import './styles.css'
import { createLiveTurns } from './turns/live-turns.ts'

const queryClient = createQueryClient()
const liveTurns = createLiveTurns({
  async onEnd(end, conversationId) {
    if (end?.type === 'done') setMessage(queryClient, conversationId, end.message)
    void refreshConversations(queryClient)
    void queryClient.invalidateQueries({ queryKey: ['conversation', conversationId] })
    // Of one that failed only the server knows what was kept.
    const stored = queryClient.invalidateQueries({ queryKey: messagesQuery(conversationId).queryKey })
    if (end?.type !== 'done') await stored
  },
})

const outbox = createOutbox({
  send: (message, onConversation) => sendMessage({ queryClient, liveTurns }, message, onConversation),
  storage: localStorage,
  onRemovedElsewhere: removed =>
    addEventListener('storage', ({ key, newValue }) => key !== null && newValue === null && removed(key)),
})
const page = { queryClient, liveTurns, outbox }
listenToOtherTabs(page)

addEventListener('online', outbox.wake)
// A browser may bring a page back as it was left, perhaps by somebody else.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload())

const element = document.getElementById('page')
if (element === null) throw new Error('index.html has no #page')
createRoot(element).render(
  <StrictMode>
    <PageContext value={page}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={createPageRouter(page)} />
      </QueryClientProvider>
    </PageContext>
  </StrictMode>,
)
