import { useState } from 'react'
import type { SignIn, User } from '#protocol'
import { request } from '../api/request.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { EmailField } from './person-fields.tsx'
import { useForm } from './use-form.ts'

export function SignInForm({ onSignedIn }: { readonly onSignedIn: (user: User) => void | Promise<void> }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const form = useForm(async () => {
    const body: SignIn = { email, password }
    await onSignedIn(await request<User>('/sign-in', { method: 'POST', body }))
  })
  return (
    <form className="flex flex-col gap-4" onSubmit={form.submit}>
      <EmailField own value={email} onChange={setEmail} />
      <Field
        label={t('account.password')}
        type="password"
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={event => setPassword(event.target.value)}
      />
      {form.error && <Notice kind="danger">{form.error.message}</Notice>}
      <Button look="primary" type="submit" full busy={form.busy}>
        {t('account.signIn')}
      </Button>
    </form>
  )
}
