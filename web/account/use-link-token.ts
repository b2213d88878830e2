import { useSyncExternalStore } from 'react'

/**
 * What stands behind the `#` of a one-time link: a fragment is never sent to a server, so no log or proxy sees it. Another
 * link that is opened in the same tab changes nothing else of the page.
 */
export const useLinkToken = (): string => useSyncExternalStore(onHashChange, () => location.hash.slice(1))

function onHashChange(changed: () => void): () => void {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}
