import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { ClusterMenu } from './cluster-menu.tsx'
import { clustersQuery } from './cluster-queries.ts'
import { ClusterSummary } from './cluster-summary.tsx'
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
          <RowOf
            key={cluster.id ?? cluster.name}
            action={<ClusterMenu cluster={cluster} others={clusters.filter(other => other !== cluster)} />}
          >
            <ClusterSummary cluster={cluster} />
          </RowOf>
        ))}
      </Rows>
      {adding && <NewClusterDialog onClose={() => setAdding(false)} />}
    </Section>
  )
}
