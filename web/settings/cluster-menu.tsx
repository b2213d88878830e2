import { useMutation } from '@tanstack/react-query'
import { Ban, CircleCheck, CirclePause, Ellipsis, Scale, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { ClusterInfo } from '#protocol'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { IconButton } from '../ui/button.tsx'
import { Menu, MenuItem, MenuLine } from '../ui/menu.tsx'
import { toast } from '../ui/toast.tsx'
import { removeCluster, steerCluster } from './cluster-queries.ts'
import { WeightDialog } from './weight-dialog.tsx'

type State = ClusterInfo['state']

interface ClusterMenuProps {
  readonly cluster: ClusterInfo
  readonly others: readonly ClusterInfo[]
}

/** What an admin can do with a cluster. */
export function ClusterMenu({ cluster, others }: ClusterMenuProps) {
  const { queryClient } = usePage()
  const { id, name, state } = cluster
  const [weighing, setWeighing] = useState(false)
  const offered = new Set(others.flatMap(other => (other.ready ? other.models : [])))
  const alone = cluster.models.filter(model => !offered.has(model))
  const steer = useMutation({
    mutationFn: ({ wanted }: { wanted: State; before: State }) => steerCluster(queryClient, cluster, { state: wanted }),
    onSuccess: (_, { wanted, before }) => {
      const undo = { label: t('action.undo'), run: () => steer.mutate({ wanted: before, before: wanted }) }
      if (wanted === 'enabled') return toast({ text: t('clusters.said.enabled', { name }) })
      const models = alone.length > mostNamed ? [...alone.slice(0, mostNamed), '...'] : alone
      const warning = models.length > 0 ? ` ${t('clusters.alone', { models: models.join(', ') })}` : ''
      toast({ text: `${t(`clusters.said.${wanted}`, { name })}${warning}`, action: undo })
    },
    onError: error => toast({ text: error.message }),
  })
  const remove = useMutation({
    mutationFn: (known: string) => removeCluster(queryClient, known),
    onSuccess: () => toast({ text: t('clusters.removed', { name }) }),
    onError: error => toast({ text: error.message }),
  })
  return (
    <>
      <Menu
        trigger={
          <IconButton label={t('clusters.menu', { name })} disabled={remove.isPending}>
            <Ellipsis className="size-5" />
          </IconButton>
        }
      >
        {steps[state].map(({ wanted, text, icon }) => (
          <MenuItem key={wanted} onSelect={() => steer.mutate({ wanted, before: state })}>
            {icon} {t(text)}
          </MenuItem>
        ))}
        <MenuItem onSelect={() => setWeighing(true)}>
          <Scale className="size-4" /> {t('clusters.weigh')}
        </MenuItem>
        {id !== null && (
          <>
            <MenuLine />
            <MenuItem danger onSelect={() => remove.mutate(id)}>
              <Trash2 className="size-4" /> {t('action.remove')}
            </MenuItem>
          </>
        )}
      </Menu>
      {weighing && <WeightDialog cluster={cluster} onClose={() => setWeighing(false)} />}
    </>
  )
}

/** Of the models that nothing serves any more. */
const mostNamed = 2

interface Step {
  readonly wanted: State
  readonly text: 'clusters.drain' | 'clusters.disable' | 'clusters.enable'
  readonly icon: ReactNode
}

const drain: Step = { wanted: 'draining', text: 'clusters.drain', icon: <CirclePause className="size-4" /> }
const disable: Step = { wanted: 'disabled', text: 'clusters.disable', icon: <Ban className="size-4" /> }
const enable: Step = { wanted: 'enabled', text: 'clusters.enable', icon: <CircleCheck className="size-4" /> }

/** Where each state may lead. */
const steps: Readonly<Record<State, readonly Step[]>> = {
  enabled: [drain, disable],
  draining: [enable, disable],
  disabled: [enable],
}
