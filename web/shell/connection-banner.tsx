import { CloudOff, WifiOff } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { usePage } from '../page-context.ts'
import { t } from '../text/catalogue.ts'

/** Says what stands between the page and the server, while something does. */
export function ConnectionBanner() {
  const { liveTurns } = usePage()
  const online = useSyncExternalStore(subscribeToNetwork, () => navigator.onLine)
  const reached = useSyncExternalStore(liveTurns.subscribeToReach, liveTurns.reached)
  if (online && reached) return null
  const Icon = online ? CloudOff : WifiOff
  return (
    <p role="status" className="flex items-center justify-center gap-2 bg-warning-soft px-4 py-1.5 text-sm">
      <Icon className="size-4 shrink-0 text-warning" /> {t(online ? 'page.unreached' : 'page.offline')}
    </p>
  )
}

function subscribeToNetwork(changed: () => void): () => void {
  addEventListener('online', changed)
  addEventListener('offline', changed)
  return () => {
    removeEventListener('online', changed)
    removeEventListener('offline', changed)
  }
}
