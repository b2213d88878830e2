import type { QueryClient } from '@tanstack/react-query'
import { createContext, use, useCallback, useEffect, useSyncExternalStore } from 'react'
import type { Message } from '#protocol'
import type { Outbox } from './chat/outbox.ts'
import type { LiveTurn } from './turns/live-turn.ts'
import type { LiveTurns } from './turns/live-turns.ts'

/** What lives as long as the page. */
export interface PageContext {
  readonly queryClient: QueryClient
  readonly liveTurns: LiveTurns
  readonly outbox: Outbox
}

export const PageContext = createContext<PageContext | undefined>(undefined)

export function usePage(): PageContext {
  const page = use(PageContext)
  if (page === undefined) throw new Error('outside the page')
  return page
}

export const isOpen = ({ status }: Pick<Message, 'status'>): boolean => status === 'queued' || status === 'running'

/** Follows the turn of an answer that is under way; undefined for one that has ended. */
export function useLiveTurn(answer: Message, conversationId: string): LiveTurn | undefined {
  const { liveTurns } = usePage()
  const turnId = isOpen(answer) ? answer.turn_id : null
  useEffect(() => {
    if (turnId !== null) liveTurns.follow(turnId, conversationId)
  }, [liveTurns, turnId, conversationId])
  // The same function as long as the turn is the same: React ends a subscription when it is given another.
  const subscribe = useCallback(
    (changed: () => void) => (turnId === null ? () => {} : liveTurns.subscribe(turnId, changed)),
    [liveTurns, turnId],
  )
  return useSyncExternalStore(subscribe, () => (turnId === null ? undefined : liveTurns.get(turnId)))
}

/** The conversations in which an answer is under way. */
export function useActiveConversations(): ReadonlySet<string> {
  const { liveTurns } = usePage()
  return useSyncExternalStore(liveTurns.subscribeToActivity, liveTurns.activeConversations)
}
