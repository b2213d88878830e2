import { FrontDoor } from '../account/front-door.tsx'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'

export function MissingPage() {
  return (
    <FrontDoor title={t('page.missing')}>
      <Button look="primary" full onClick={() => location.assign('/')}>
        {t('page.home')}
      </Button>
    </FrontDoor>
  )
}

/** A bug of ours, or a server that is away while the page begins. */
export function BrokenPage({ error }: { readonly error: unknown }) {
  return (
    <FrontDoor title={t('error.broken')}>
      <p className="text-center text-muted">{error instanceof Error ? error.message : String(error)}</p>
      <Button look="primary" full onClick={() => location.reload()}>
        {t('error.reload')}
      </Button>
    </FrontDoor>
  )
}
