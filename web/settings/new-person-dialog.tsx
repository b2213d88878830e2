import { useState } from 'react'
import type { InvitedUser, UserRole } from '#protocol'
import { EmailField, NameField } from '../account/person-fields.tsx'
import { useForm } from '../account/use-form.ts'
import { request } from '../api/request.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Notice } from '../ui/notice.tsx'

interface NewPersonDialogProps {
  readonly onAdded: (invited: InvitedUser) => void
  readonly onClose: () => void
}

export function NewPersonDialog({ onAdded, onClose }: NewPersonDialogProps) {
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [admin, setAdmin] = useState(false)
  const form = useForm(async () => {
    const role: UserRole = admin ? 'admin' : 'user'
    onAdded(await request<InvitedUser>('/admin/users', { method: 'POST', body: { name, email, role } }))
  })
  return (
    <Dialog title={t('people.add')} onClose={onClose}>
      <form className="flex flex-col gap-4" onSubmit={form.submit}>
        <NameField own={false} value={name} onChange={setName} error={form.fields.name} />
        <EmailField own={false} value={email} onChange={setEmail} error={form.fields.email} />
        <label className="flex min-h-10 items-center gap-3">
          <input
            type="checkbox"
            className="size-5 accent-accent"
            checked={admin}
            onChange={event => setAdmin(event.target.checked)}
          />
          {t('people.makeAdmin')}
        </label>
        {form.error && Object.keys(form.fields).length === 0 && <Notice kind="danger">{form.error.message}</Notice>}
        <Button look="primary" type="submit" full busy={form.busy}>
          {t('people.add')}
        </Button>
      </form>
    </Dialog>
  )
}
