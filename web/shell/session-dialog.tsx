import { useSyncExternalStore } from 'react'
import { SignInForm } from '../account/sign-in-form.tsx'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import { Dialog } from '../ui/dialog.tsx'

let expired = false
const listeners = new Set<() => void>()

/** A request was refused for want of a session. */
export function setSessionExpired(next: boolean): void {
  if (next === expired) return
  expired = next
  for (const listener of listeners) listener()
}

/** Asks for the password where one is, so that nothing on the page is lost. */
export function SessionDialog() {
  const { queryClient, liveTurns } = usePage()
  const open = useSyncExternalStore(
    changed => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => expired,
  )
  if (!open) return null
  return (
    <Dialog title={t('session.expired')}>
      <p className="text-muted">{t('session.expiredMore')}</p>
      <SignInForm
        onSignedIn={async user => {
          const before = queryClient.getQueryData(['me'])
          // Somebody else must see nothing of what the one before him had open.
          if (typeof before === 'object' && before !== null && 'id' in before && before.id !== user.id) {
            location.assign('/')
            return
          }
          setSessionExpired(false)
          liveTurns.reconnect()
          await queryClient.invalidateQueries()
        }}
      />
    </Dialog>
  )
}
