import { useState } from 'react'
import type { User } from '#protocol'
import { NameField } from '../account/person-fields.tsx'
import { useForm } from '../account/use-form.ts'
import { meQuery } from '../api/queries.ts'
import { request } from '../api/request.ts'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { toast } from '../ui/toast.tsx'
import { Section } from './section.tsx'

export function ProfileForm({ me }: { readonly me: User }) {
  const { queryClient } = usePage()
  const [name, setName] = useState(me.name)
  const form = useForm(async () => {
    queryClient.setQueryData(meQuery.queryKey, await request<User>('/me', { method: 'PATCH', body: { name } }))
    toast({ text: t('action.saved') })
  })
  return (
    <Section title={t('profile.title')} about={me.email}>
      <form className="flex flex-col gap-4" onSubmit={form.submit}>
        <NameField own value={name} onChange={setName} error={form.fields.name} />
        {form.error && <Notice kind="danger">{form.error.message}</Notice>}
        <div>
          <Button type="submit" busy={form.busy} disabled={name.trim() === me.name || name.trim() === ''}>
            {t('action.save')}
          </Button>
        </div>
      </form>
    </Section>
  )
}
