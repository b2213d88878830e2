import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { PanelLeftClose, SquarePen } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { conversationsQuery, freshMs, refreshConversations } from '../api/queries.ts'
import { usePage } from '../page-context.ts'
import { leaveSidebar, showSidebar, useSidebar } from '../shell/sidebar-state.ts'
import { t } from '../text/catalogue.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { AccountMenu } from './account-menu.tsx'
import { ConversationItem } from './conversation-item.tsx'
import { groupByDate } from './group-by-date.ts'

/** All conversations, newest activity first, fetched as one scrolls. */
export function Sidebar() {
  const { over } = useSidebar()
  const hide = useRef<HTMLButtonElement>(null)
  // What lies over the page takes the focus, and gives it back.
  useEffect(() => {
    if (!over) return
    hide.current?.focus()
    return () => {
      requestAnimationFrame(() => document.getElementById('show-sidebar')?.focus())
    }
  }, [over])
  return (
    <aside
      onKeyDown={event => over && event.key === 'Escape' && !event.defaultPrevented && showSidebar(false)}
      aria-label={t('sidebar.title')}
      className="flex w-72 shrink-0 flex-col border-r border-line bg-surface pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)] max-md:appear max-md:fixed max-md:inset-y-0 max-md:left-0 max-md:z-40 max-md:w-[min(20rem,85vw)] max-md:shadow-xl"
    >
      <div className="flex h-14 shrink-0 items-center justify-between px-2">
        <Link
          to="/"
          onClick={leaveSidebar}
          className="flex min-h-10 items-center gap-2 rounded-lg px-2 font-semibold tracking-tight hover:bg-hover"
        >
          <img src="/icon.svg" alt="" width="24" height="24" /> Parley
        </Link>
        <IconButton ref={hide} label={t('sidebar.hide')} onClick={() => showSidebar(false)}>
          <PanelLeftClose className="size-5" />
        </IconButton>
      </div>
      <div className="px-2 pb-2">
        <Link
          to="/"
          onClick={leaveSidebar}
          className="flex min-h-10 items-center gap-2.5 rounded-lg border border-line bg-raised px-3 font-medium transition-colors hover:bg-hover"
        >
          <SquarePen className="size-4" /> {t('chat.new')}
        </Link>
      </div>
      <Conversations />
      <AccountMenu />
    </aside>
  )
}

function Conversations() {
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useInfiniteQuery(conversationsQuery)
  const conversations = data?.pages.flatMap(page => page.data) ?? []
  useFreshList()
  return (
    <nav aria-label={t('sidebar.title')} className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
      {isPending && <p className="px-3 py-2 text-sm text-muted">{t('sidebar.loading')}</p>}
      {error !== null && conversations.length === 0 && (
        <div className="flex flex-col items-start gap-2 px-3 py-2 text-sm text-muted">
          {error.message}
          <Button onClick={() => void refetch()}>{t('action.retry')}</Button>
        </div>
      )}
      {data !== undefined && conversations.length === 0 && (
        <p className="px-3 py-2 text-sm text-muted">{t('sidebar.empty')}</p>
      )}
      {groupByDate(conversations, new Date()).map(([group, members]) => (
        <section key={group} aria-label={t(`sidebar.${group}`)} className="pt-3">
          <h2 className="px-3 pb-1 text-xs font-medium text-muted">{t(`sidebar.${group}`)}</h2>
          <ul>
            {members.map(conversation => (
              <ConversationItem key={conversation.id} conversation={conversation} />
            ))}
          </ul>
        </section>
      ))}
      {hasNextPage && <More busy={isFetchingNextPage} onSeen={fetchNextPage} />}
    </nav>
  )
}

/** Other devices write, too: looks again now and then while somebody sees it, and when they come back to it. */
function useFreshList(): void {
  const { queryClient } = usePage()
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') void refreshConversations(queryClient)
    }
    const timer = setInterval(look, freshMs)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [queryClient])
}

/** The end of what is known: when it comes into sight, more is fetched. */
function More({ busy, onSeen }: { readonly busy: boolean; readonly onSeen: () => Promise<unknown> }) {
  const mark = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = mark.current
    if (element === null || busy) return
    const sight = new IntersectionObserver(([entry]) => entry?.isIntersecting && void onSeen(), { rootMargin: '400px' })
    sight.observe(element)
    return () => sight.disconnect()
  }, [busy, onSeen])
  return (
    <div ref={mark} className="flex h-10 items-center justify-center text-muted">
      {busy && <Spinner />}
    </div>
  )
}
