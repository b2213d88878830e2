import { WifiOff } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { t } from '../text/catalogue.ts'

export function OfflineBanner() {
  const online = useSyncExternalStore(
    changed => {
      addEventListener('online', changed)
      addEventListener('offline', changed)
      return () => {
        removeEventListener('online', changed)
        removeEventListener('offline', changed)
      }
    },
    () => navigator.onLine,
  )
  if (online) return null
  return (
    <p role="status" className="flex items-center justify-center gap-2 bg-warning-soft px-4 py-1.5 text-sm">
      <WifiOff className="size-4 text-warning" /> {t('page.offline')}
    </p>
  )
}
