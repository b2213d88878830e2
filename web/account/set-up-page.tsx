import { useState } from 'react'
import type { SetUp, User } from '#protocol'
import { request } from '../api/request.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { FrontDoor } from './front-door.tsx'
import { NewPasswordField } from './new-password-field.tsx'
import { EmailField, NameField } from './person-fields.tsx'
import { useEnter } from './use-enter.ts'
import { useForm } from './use-form.ts'
import { useLinkToken } from './use-link-token.ts'

/** The first administrator makes their account, with the link that the server printed. */
export function SetUpPage() {
  const enter = useEnter()
  const token = useLinkToken()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const form = useForm(async () => {
    const body: SetUp = { token, name, email, password }
    await enter(await request<User>('/setup', { method: 'POST', body }))
  })
  return (
    <FrontDoor title={t('setUp.title')}>
      <form className="flex flex-col gap-4" onSubmit={form.submit}>
        <NameField own value={name} onChange={setName} error={form.fields.name} />
        <EmailField own value={email} onChange={setEmail} error={form.fields.email} />
        <NewPasswordField
          label={t('account.password')}
          value={password}
          onChange={setPassword}
          error={form.fields.password}
        />
        {form.error && <Notice kind="danger">{form.error.message}</Notice>}
        <Button look="primary" type="submit" full busy={form.busy}>
          {t('setUp.start')}
        </Button>
      </form>
    </FrontDoor>
  )
}
