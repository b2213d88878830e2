import { useNavigate } from '@tanstack/react-router'
import type { User } from '#protocol'
import { instanceQuery, meQuery } from '../api/queries.ts'
import { sessionBegan } from '../api/session.ts'
import { usePage } from '../page-context.ts'

/** Leads somebody who has just signed in to where they wanted to go. */
export function useEnter(): (user: User) => Promise<void> {
  const { queryClient, liveTurns } = usePage()
  const navigate = useNavigate()
  return async user => {
    sessionBegan()
    liveTurns.clear()
    queryClient.clear()
    queryClient.setQueryData(meQuery.queryKey, user)
    void queryClient.invalidateQueries({ queryKey: instanceQuery.queryKey })
    await navigate({ to: wanted(new URLSearchParams(location.search).get('next')), replace: true })
  }
}

/** A path of this page alone: whoever made the link must not choose where it leads. */
const wanted = (next: string | null) => (next !== null && /^\/(?![/\\])/.test(next) ? next : '/')
