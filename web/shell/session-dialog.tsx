import { enter } from '../account/other-tabs.ts'
import { SignInForm } from '../account/sign-in-form.tsx'
import { meQuery } from '../api/queries.ts'
import { useSessionExpired } from '../api/session.ts'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Dialog } from '../ui/dialog.tsx'

/** Asks for the password where one is, so that nothing on the page is lost. */
export function SessionDialog() {
  const page = usePage()
  const expired = useSessionExpired()
  if (!expired) return null
  return (
    <Dialog title={t('session.expired')}>
      <p className="text-muted">{t('session.expiredMore')}</p>
      <SignInForm
        onSignedIn={async user => {
          const before = page.queryClient.getQueryData(meQuery.queryKey)
          enter(page, user)
          // Somebody else must see nothing of what the one before them had open.
          if (before?.id !== user.id) location.replace('/')
          else await page.queryClient.invalidateQueries()
        }}
      />
    </Dialog>
  )
}
