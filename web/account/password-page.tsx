import { useState } from 'react'
import type { PasswordByLink, User } from '#protocol'
import { request } from '../api/request.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { FrontDoor } from './front-door.tsx'
import { NewPasswordField } from './new-password-field.tsx'
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
        <NewPasswordField
          label={t('account.newPassword')}
          value={password}
          onChange={setPassword}
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
