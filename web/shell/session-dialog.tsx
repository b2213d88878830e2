import { SignInForm } from '../account/sign-in-form.tsx'
import { sessionBegan, useSessionExpired } from '../api/session.ts'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Dialog } from '../ui/dialog.tsx'

/** Asks for the password where one is, so that nothing on the page is lost. */
export function SessionDialog() {
  const { queryClient, liveTurns } = usePage()
  const expired = useSessionExpired()
  if (!expired) return null
  return (
    <Dialog title={t('session.expired')}>
      <p className="text-muted">{t('session.expiredMore')}</p>
      <SignInForm
        onSignedIn={async user => {
          const before = queryClient.getQueryData(['me'])
          // Somebody else must see nothing of what the one before them had open.
          if (typeof before === 'object' && before !== null && 'id' in before && before.id !== user.id) {
            location.assign('/')
            return
          }
          sessionBegan()
          liveTurns.reconnect()
          await queryClient.invalidateQueries()
        }}
      />
    </Dialog>
  )
}
