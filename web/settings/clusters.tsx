import { useMutation, useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { ClusterInfo } from '#protocol'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { toast } from '../ui/toast.tsx'
import { clustersQuery, removeCluster } from './cluster-queries.ts'
import { EngineOffer } from './engine-offer.tsx'
import { NewClusterDialog } from './new-cluster-dialog.tsx'
import { RowOf, Rows, Section } from './section.tsx'

/** What answers: endpoints named in parley.yaml, added here, found on the machine, or Parley's own. */
export function Clusters() {
  const { data: clusters = [] } = useQuery(clustersQuery)
  const [adding, setAdding] = useState(false)
  return (
    <Section
      title={t('clusters.title')}
      about={t('clusters.about')}
      action={
        <Button onClick={() => setAdding(true)}>
          <Plus className="size-4" /> {t('clusters.add')}
        </Button>
      }
    >
      <EngineOffer />
      <Rows>
        {clusters.map(cluster => (
          <RowOf key={cluster.name} action={cluster.id !== null && <Remove cluster={cluster} id={cluster.id} />}>
            <p className="flex items-center gap-2 font-medium">
              <span
                aria-hidden="true"
                className={`size-2 shrink-0 rounded-full ${cluster.ready ? 'bg-accent' : 'bg-danger'}`}
              />
              <span className="truncate">{cluster.name}</span>
              <span className="shrink-0 text-sm font-normal text-muted">
                {t(cluster.ready ? 'clusters.ready' : 'clusters.away')} · {t(`clusters.${cluster.source}`)}
              </span>
            </p>
            <p className="truncate text-sm text-muted" title={cluster.models.join(', ')}>
              {cluster.models.join(', ') || cluster.url}
            </p>
          </RowOf>
        ))}
      </Rows>
      {adding && <NewClusterDialog onClose={() => setAdding(false)} />}
    </Section>
  )
}

function Remove({ cluster, id }: { readonly cluster: ClusterInfo; readonly id: string }) {
  const { queryClient } = usePage()
  const remove = useMutation({
    mutationFn: () => removeCluster(queryClient, id),
    onSuccess: () => toast({ text: t('clusters.removed', { name: cluster.name }) }),
    onError: error => toast({ text: error.message }),
  })
  return (
    <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
      {t('action.remove')}
    </Button>
  )
}
