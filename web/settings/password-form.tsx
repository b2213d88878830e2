import { useState } from 'react'
import type { PasswordChange } from '#protocol'
import { NewPasswordField } from '../account/new-password-field.tsx'
import { useForm } from '../account/use-form.ts'
import { request } from '../api/request.ts'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { toast } from '../ui/toast.tsx'
import { Section } from './section.tsx'

export function PasswordForm() {
  const { queryClient } = usePage()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const form = useForm(async () => {
    const body: PasswordChange = { current_password: current, new_password: next }
    await request('/me/password', { method: 'POST', body })
    setCurrent('')
    setNext('')
    toast({ text: t('password.changed') })
    void queryClient.invalidateQueries({ queryKey: ['sessions'] })
  })
  return (
    <Section title={t('account.password')} about={t('password.about')}>
      <form className="flex flex-col gap-4" onSubmit={form.submit}>
        <Field
          label={t('account.currentPassword')}
          type="password"
          autoComplete="current-password"
          required
          value={current}
          onChange={event => setCurrent(event.target.value)}
          error={form.fields.current_password}
        />
        <NewPasswordField
          label={t('account.newPassword')}
          value={next}
          onChange={setNext}
          error={form.fields.new_password}
        />
        {form.error && Object.keys(form.fields).length === 0 && <Notice kind="danger">{form.error.message}</Notice>}
        <div>
          <Button type="submit" busy={form.busy}>
            {t('password.change')}
          </Button>
        </div>
      </form>
    </Section>
  )
}
