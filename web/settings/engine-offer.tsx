import { useMutation, useQuery } from '@tanstack/react-query'
import { Cpu } from 'lucide-react'
import type { FoundEngine } from '#protocol'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { toast } from '../ui/toast.tsx'
import { addCluster, foundEnginesQuery } from './cluster-queries.ts'

/** Offers what runs on this machine and serves models: one click uses it. Nothing where nothing was found. */
export function EngineOffer() {
  const { data: engines = [] } = useQuery(foundEnginesQuery)
  return engines.map(engine => <Offer key={engine.url} engine={engine} />)
}

function Offer({ engine }: { readonly engine: FoundEngine }) {
  const { queryClient } = usePage()
  const use = useMutation({
    mutationFn: () => addCluster(queryClient, { url: engine.url, name: engine.label }),
    onSuccess: () => toast({ text: t('engine.connected', { engine: engine.label }) }),
    onError: error => toast({ text: error.message }),
  })
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-xl border border-line bg-raised p-4">
      <Cpu className="size-5 shrink-0 text-accent" />
      <div className="min-w-0 flex-1 basis-40">
        <p className="font-medium">{t('engine.found', { engine: engine.label })}</p>
        <p className="truncate text-sm text-muted" title={engine.models.join(', ')}>
          {engine.models.join(', ')}
        </p>
      </div>
      <Button look="primary" busy={use.isPending} onClick={() => use.mutate()}>
        {t('engine.use')}
      </Button>
    </div>
  )
}
