import { useQuery } from '@tanstack/react-query'
import { meQuery, modelsQuery } from '../api/queries.ts'
import { EngineOffer } from '../settings/engine-offer.tsx'
import { t } from '../text/catalogue.ts'
import { Notice } from '../ui/notice.tsx'

/** What a chat shows before its first message: a greeting, and the truth about what will answer. */
export function Welcome() {
  const { data: me } = useQuery(meQuery)
  const { data: models } = useQuery(modelsQuery)
  const standard = models?.find(model => model.default)
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-5 pb-8 text-center">
      <img src="/icon.svg" alt="" width="48" height="48" />
      <h1 className="text-2xl font-semibold tracking-tight text-balance">
        {me === undefined ? t('welcome.title') : t('welcome.named', { name: firstName(me.name) })}
      </h1>
      <div className="flex w-full max-w-md flex-col gap-3 text-left">
        {standard?.notice && (
          <Notice kind="info">
            <p className="font-medium">{standard.notice}</p>
            <p className="text-sm">{t('welcome.demo', { model: standard.serves })}</p>
          </Notice>
        )}
        {models?.length === 0 && <Notice kind="warning">{t('welcome.noModel')}</Notice>}
        {me?.role === 'admin' && <EngineOffer />}
      </div>
    </div>
  )
}

const firstName = (name: string) => name.split(/\s/)[0] ?? name
