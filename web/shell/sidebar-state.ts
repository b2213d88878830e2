import { useSyncExternalStore } from 'react'

/** On a wide screen the sidebar stands beside the chat, and whether it does is remembered; on a phone it slides over it. */
const key = 'parley.sidebar'
const listeners = new Set<() => void>()
let slidOver = false

const wide = matchMedia('(min-width: 48rem)')
const isShown = () => (wide.matches ? localStorage.getItem(key) !== 'hidden' : slidOver)

const isOver = () => !wide.matches

export function showSidebar(shown: boolean): void {
  if (!wide.matches) slidOver = shown
  else if (shown) localStorage.removeItem(key)
  else localStorage.setItem(key, 'hidden')
  for (const listener of listeners) listener()
}

/** Something was picked: on a phone it must be seen. */
export function leaveSidebar(): void {
  if (!wide.matches) showSidebar(false)
}

/** Whether it is shown, and whether it lies over the page. */
export function useSidebar(): { readonly shown: boolean; readonly over: boolean } {
  const shown = useSyncExternalStore(subscribe, isShown)
  const over = useSyncExternalStore(subscribe, isOver)
  return { shown, over }
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed)
  wide.addEventListener('change', changed)
  return () => {
    listeners.delete(changed)
    wide.removeEventListener('change', changed)
  }
}
