import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import type { Session } from '#protocol'
import { readAll } from '../api/read-all.ts'
import { request } from '../api/request.ts'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { toast } from '../ui/toast.tsx'
import { nameDevice } from './name-device.ts'
import { RowOf, Rows, Section } from './section.tsx'

const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => readAll<Session>('/sessions', signal),
})

/** Where one is signed in, and how to end it there. */
export function Devices() {
  const { data: sessions = [] } = useQuery(sessionsQuery)
  if (sessions.length === 0) return null
  return (
    <Section title={t('devices.title')} about={t('devices.about')}>
      <Rows>
        {sessions.map(session => (
          <RowOf key={session.id} action={!session.current && <SignOutThere session={session} />}>
            <p className="truncate font-medium">{nameDevice(session.user_agent) ?? t('devices.unknown')}</p>
            <p className="text-sm text-muted">
              {session.current
                ? t('devices.this')
                : t('devices.since', { time: new Date(session.created_at).toLocaleString() })}
              {session.ip_address && ` · ${session.ip_address}`}
            </p>
          </RowOf>
        ))}
      </Rows>
    </Section>
  )
}

function SignOutThere({ session }: { readonly session: Session }) {
  const { queryClient } = usePage()
  const end = useMutation({
    mutationFn: () => request(`/sessions/${session.id}`, { method: 'DELETE' }),
    onError: error => toast({ text: error.message }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  })
  return (
    <Button busy={end.isPending} onClick={() => end.mutate()}>
      {t('account.signOut')}
    </Button>
  )
}
