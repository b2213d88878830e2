import type { ClusterInfo } from '#protocol'
import { t } from '../text/catalogue.ts'

/** How a cluster is doing, in three lines: its name and state, what it serves, how busy and how fast it is. */
export function ClusterSummary({ cluster }: { readonly cluster: ClusterInfo }) {
  const { name, url, models, region, source, weight } = cluster
  const { colour, text } = conditionOf(cluster)
  const served = models.join(', ') || url
  const where = [text, region, t(`clusters.${source}`)].filter(part => part !== null).join(' · ')
  return (
    <div className="flex flex-col gap-1">
      <p className="flex min-w-0 flex-wrap items-center gap-x-2">
        <span className="flex min-w-0 items-center gap-2">
          <span aria-hidden="true" className={`size-2 shrink-0 rounded-full ${colour}`} />
          <span className={`truncate font-medium ${cluster.state === 'disabled' ? 'text-muted' : ''}`}>{name}</span>
        </span>
        {weight !== 1 && (
          <span className="rounded-md bg-accent-soft px-1.5 text-sm" title={t('clusters.weightLabel')}>
            ×{weight.toLocaleString()}
          </span>
        )}
        <span className="text-sm text-muted">{where}</span>
      </p>
      <p className="truncate text-sm text-muted" title={served}>
        {served}
      </p>
      {cluster.state !== 'disabled' && <Load cluster={cluster} />}
    </div>
  )
}

function Load({ cluster: { load, speed, health } }: { readonly cluster: ClusterInfo }) {
  const count = underWay(load)
  const firstToken = speed && t('clusters.firstToken', { time: duration(speed.first_token_ms) })
  const { capacity } = load
  const busy = capacity === null ? t('clusters.underWay', { count }) : t('clusters.load', { count, capacity })
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted tabular-nums">
      {capacity !== null && (
        <span aria-hidden="true" className="h-1.5 w-24 overflow-hidden rounded-full bg-hover">
          <span
            className={`block h-full rounded-full transition-[width] duration-500 ${count < capacity * crowded ? 'bg-accent' : 'bg-warning'}`}
            style={{ width: `${Math.min(1, count / capacity) * 100}%` }}
          />
        </span>
      )}
      {health.reason !== null && <span className="text-danger wrap-anywhere">{health.reason}</span>}
      <span>{[count === 0 ? t('clusters.idle') : busy, firstToken].filter(part => part !== null).join(' · ')}</span>
    </p>
  )
}

/** From this part of its capacity on a cluster is nearly full. */
const crowded = 0.9

const underWay = ({ own, others }: ClusterInfo['load']) =>
  own.unanswered + own.streaming + others.unanswered + others.streaming

function conditionOf({ state, ready, health, load }: ClusterInfo): { readonly colour: string; readonly text: string } {
  const seconds = Math.ceil(health.rests_for_ms / 1_000)
  if (state === 'disabled') return { colour: 'bg-line-strong', text: t('clusters.disabled') }
  if (state === 'draining') {
    const count = underWay(load)
    return { colour: 'bg-warning', text: count === 0 ? t('clusters.drained') : t('clusters.draining', { count }) }
  }
  if (health.breaker === 'busy') return { colour: 'bg-warning', text: t('clusters.busy', { seconds }) }
  if (health.breaker === 'half_open') return { colour: 'bg-warning', text: t('clusters.trying') }
  if (ready) return { colour: 'bg-accent', text: t('clusters.ready') }
  return { colour: 'bg-danger', text: seconds > 0 ? t('clusters.resting', { seconds }) : t('clusters.away') }
}

const duration = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)
