import { useNavigate } from '@tanstack/react-router'
import type { User } from '#protocol'
import { instanceQuery, meQuery } from '../api/queries.ts'
import { usePage } from '../page-context.ts'
import { enter } from './other-tabs.ts'

/** Leads somebody who has just signed in to where they wanted to go. */
export function useEnter(): (user: User) => Promise<void> {
  const page = usePage()
  const navigate = useNavigate()
  return async user => {
    page.liveTurns.clear()
    page.queryClient.clear()
    page.queryClient.setQueryData(meQuery.queryKey, user)
    void page.queryClient.invalidateQueries({ queryKey: instanceQuery.queryKey })
    enter(page, user)
    await navigate({ to: wanted(new URLSearchParams(location.search).get('next')), replace: true })
  }
}

/** A path of this page alone: whoever made the link must not choose where it leads. */
const wanted = (next: string | null) => (next !== null && /^\/(?![/\\])/.test(next) ? next : '/')
