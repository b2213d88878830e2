import { useState } from 'react'
import type { PasswordByLink, User } from '#protocol'
import { request } from '../api/request.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { FrontDoor } from './front-door.tsx'
import { leastPassword } from './password-rules.ts'
import { useEnter } from './use-enter.ts'
import { useForm } from './use-form.ts'
import { useLinkToken } from './use-link-token.ts'

/** Somebody sets their password with the link that an admin gave them: a new one, or their first. */
export function PasswordPage() {
  const enter = useEnter()
  const token = useLinkToken()
  const [password, setPassword] = useState('')
  const form = useForm(async () => {
    const body: PasswordByLink = { token, password }
    await enter(await request<User>('/password', { method: 'POST', body }))
  })
  return (
    <FrontDoor title={t('password.title')}>
      <form className="flex flex-col gap-4" onSubmit={form.submit}>
        <Field
          label={t('account.newPassword')}
          type="password"
          name="password"
          autoComplete="new-password"
          required
          minLength={leastPassword}
          hint={t('account.passwordRule', { least: leastPassword })}
          value={password}
          onChange={event => setPassword(event.target.value)}
          error={form.fields.password}
        />
        {form.error && <Notice kind="danger">{form.error.message}</Notice>}
        <Button look="primary" type="submit" full busy={form.busy}>
          {t('password.set')}
        </Button>
      </form>
    </FrontDoor>
  )
}
