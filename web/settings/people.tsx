import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import type { PasswordLink, User } from '#protocol'
import { readAll } from '../api/read-all.ts'
import { request } from '../api/request.ts'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { toast } from '../ui/toast.tsx'
import { LinkDialog } from './link-dialog.tsx'
import { NewPersonDialog } from './new-person-dialog.tsx'
import { RowOf, Rows, Section } from './section.tsx'

export const usersQuery = queryOptions({
  queryKey: ['admin', 'users'],
  queryFn: ({ signal }) => readAll<User>('/admin/users', signal),
})

/** Who may sign in. An admin adds people and helps those who have forgotten their password. */
export function People({ me }: { readonly me: User }) {
  const { queryClient } = usePage()
  const { data: users = [] } = useQuery(usersQuery)
  const [adding, setAdding] = useState(false)
  const [given, setGiven] = useState<{ readonly user: User; readonly link: PasswordLink }>()
  return (
    <Section
      title={t('people.title')}
      about={t('people.about')}
      action={
        <Button onClick={() => setAdding(true)}>
          <UserPlus className="size-4" /> {t('people.add')}
        </Button>
      }
    >
      <Rows>
        {users.map(user => (
          <RowOf
            key={user.id}
            action={user.id !== me.id && <NewLink user={user} onLink={link => setGiven({ user, link })} />}
          >
            <p className="truncate font-medium">
              {user.name}
              {user.role === 'admin' && (
                <span className="ml-2 text-sm font-normal text-muted">{t('people.admin')}</span>
              )}
            </p>
            <p className="truncate text-sm text-muted">
              {user.email}
              {!user.has_password && ` · ${t('people.notYet')}`}
            </p>
          </RowOf>
        ))}
      </Rows>
      {adding && (
        <NewPersonDialog
          onClose={() => setAdding(false)}
          onAdded={invited => {
            setAdding(false)
            setGiven(invited)
            void queryClient.invalidateQueries({ queryKey: usersQuery.queryKey })
          }}
        />
      )}
      {given && <LinkDialog {...given} onClose={() => setGiven(undefined)} />}
    </Section>
  )
}

function NewLink({ user, onLink }: { readonly user: User; readonly onLink: (link: PasswordLink) => void }) {
  const make = useMutation({
    mutationFn: () => request<PasswordLink>(`/admin/users/${user.id}/password-link`, { method: 'POST' }),
    onSuccess: onLink,
    onError: error => toast({ text: error.message }),
  })
  return (
    <Button busy={make.isPending} onClick={() => make.mutate()}>
      {t('people.newLink')}
    </Button>
  )
}
