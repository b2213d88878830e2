import { useState } from 'react'
import type { ClusterInfo } from '#protocol'
import { useForm } from '../account/use-form.ts'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { toast } from '../ui/toast.tsx'
import { steerCluster } from './cluster-queries.ts'

interface WeightDialogProps {
  readonly cluster: ClusterInfo
  readonly onClose: () => void
}

export function WeightDialog({ cluster, onClose }: WeightDialogProps) {
  const { queryClient } = usePage()
  const { name } = cluster
  const [written, setWritten] = useState(String(cluster.weight))
  const form = useForm(async () => {
    const weight = Number(written)
    await steerCluster(queryClient, cluster, { weight })
    toast({ text: t('clusters.weighed', { name, weight: weight.toLocaleString() }) })
    onClose()
  })
  return (
    <Dialog title={t('clusters.weight', { name })} onClose={onClose}>
      <form className="flex flex-col gap-4" onSubmit={form.submit}>
        <Field
          label={t('clusters.weightLabel')}
          type="number"
          required
          min="0.01"
          max="10"
          step="any"
          hint={t('clusters.weightHint')}
          value={written}
          onChange={event => setWritten(event.target.value)}
          error={form.fields.weight}
        />
        {form.error && Object.keys(form.fields).length === 0 && <Notice kind="danger">{form.error.message}</Notice>}
        <Button look="primary" type="submit" full busy={form.busy}>
          {t('action.save')}
        </Button>
      </form>
    </Dialog>
  )
}
