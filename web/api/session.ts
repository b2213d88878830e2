import { useSyncExternalStore } from 'react'

/** Whether somebody was signed in, and is not any more. */
let expired = false
/** Counts the sessions of this page; 0: nobody has been signed in yet, so there is none that could end. */
let session = 0
const listeners = new Set<() => void>()

function change(next: boolean): void {
  if (next === expired) return
  expired = next
  for (const listener of listeners) listener()
}

/** The session in which a request is sent; see `sessionEnded`. */
export const currentSession = (): number => session

/** Somebody is signed in from here on. */
export function sessionBegan(): void {
  session += 1
  change(false)
}

/** A request sent in this session was refused for want of one. Of one that is over already it says nothing new. */
export function sessionEnded(of: number): void {
  if (of === session && session > 0) change(true)
}

export const useSessionExpired = (): boolean =>
  useSyncExternalStore(
    changed => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => expired,
  )
