import { useQuery } from '@tanstack/react-query'
import { t } from '../text/catalogue.ts'
import { Notice } from '../ui/notice.tsx'
import { healthQuery } from './cluster-queries.ts'

/** Tells an admin what the server could not take from parley.yaml, and what waits for a restart. */
export function ConfigurationNotice() {
  const { data: health } = useQuery(healthQuery)
  if (health === undefined) return null
  const { mistakes, awaiting_restart: sections } = health.configuration
  return (
    <>
      {mistakes.length > 0 && (
        <Notice kind="danger">
          <p className="font-medium">{t('configuration.mistakes')}</p>
          <ul className="mt-2 flex flex-col gap-1 font-mono text-sm wrap-anywhere">
            {mistakes.map(({ text }) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </Notice>
      )}
      {sections.length > 0 && (
        <Notice kind="warning">{t('configuration.restart', { sections: sections.join(', ') })}</Notice>
      )}
    </>
  )
}
