import { useState } from 'react'
import { useForm } from '../account/use-form.ts'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { toast } from '../ui/toast.tsx'
import { addCluster } from './cluster-queries.ts'

export function NewClusterDialog({ onClose }: { readonly onClose: () => void }) {
  const { queryClient } = usePage()
  const [url, setUrl] = useState('')
  const [key, setKey] = useState('')
  const form = useForm(async () => {
    const { name } = await addCluster(queryClient, { url, ...(key !== '' && { api_key: key }) })
    toast({ text: t('engine.connected', { engine: name }) })
    onClose()
  })
  return (
    <Dialog title={t('clusters.add')} onClose={onClose}>
      <form className="flex flex-col gap-4" onSubmit={form.submit}>
        <Field
          label={t('clusters.url')}
          type="url"
          required
          placeholder="http://10.0.0.5:8000/v1"
          hint={t('clusters.urlHint')}
          value={url}
          onChange={event => setUrl(event.target.value)}
          error={form.fields.url}
        />
        <Field
          label={t('clusters.key')}
          type="password"
          autoComplete="off"
          hint={t('clusters.keyHint')}
          value={key}
          onChange={event => setKey(event.target.value)}
          error={form.fields.api_key}
        />
        {form.error && Object.keys(form.fields).length === 0 && <Notice kind="danger">{form.error.message}</Notice>}
        <Button look="primary" type="submit" full busy={form.busy}>
          {t('clusters.add')}
        </Button>
      </form>
    </Dialog>
  )
}
