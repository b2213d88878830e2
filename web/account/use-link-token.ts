import { useState } from 'react'

/** What stands behind the `#` of a one-time link: a fragment is never sent to a server, so no log or proxy sees it. */
export function useLinkToken(): string {
  return useState(() => location.hash.slice(1))[0]
}
