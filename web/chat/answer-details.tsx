import { useQuery } from '@tanstack/react-query'
import type { Message } from '#protocol'
import { turnQuery } from '../api/queries.ts'
import { t } from '../text/catalogue.ts'
import { Dialog } from '../ui/dialog.tsx'

/** Which model and cluster answered, how long it took, how much it wrote. */
export function AnswerDetails({ message, onClose }: { readonly message: Message; readonly onClose: () => void }) {
  const { data: turn } = useQuery({ ...turnQuery(message.turn_id ?? ''), enabled: message.turn_id !== null })
  const tookMs = turn?.started_at && turn.ended_at ? Date.parse(turn.ended_at) - Date.parse(turn.started_at) : undefined
  const rows: readonly (readonly [string, string | null | undefined])[] = [
    [t('details.model'), message.model],
    [t('details.served'), message.served_by?.model],
    [t('details.cluster'), message.served_by?.cluster],
    [t('details.time'), new Date(message.created_at).toLocaleString()],
    [
      t('details.took'),
      tookMs === undefined ? undefined : t('details.seconds', { seconds: (tookMs / 1_000).toFixed(1) }),
    ],
    [t('details.tokens'), message.tokens?.toLocaleString()],
    [t('details.cached'), message.cached ? t('details.yes') : t('details.no')],
    [t('details.id'), message.turn_id],
  ]
  return (
    <Dialog title={t('details.title')} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        {rows.map(
          ([name, value]) =>
            value && (
              <div key={name} className="contents">
                <dt className="text-muted">{name}</dt>
                <dd className="wrap-anywhere select-all">{value}</dd>
              </div>
            ),
        )}
      </dl>
    </Dialog>
  )
}
