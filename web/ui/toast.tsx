import { useSyncExternalStore } from 'react'

export interface Toast {
  readonly text: string
  readonly action?: { readonly label: string; readonly run: () => void }
}

interface Shown extends Toast {
  readonly serial: number
}

const shownMs = 6_000
let shown: Shown | undefined
let serial = 0
let timer: number | undefined
const listeners = new Set<() => void>()

function show(next: Shown | undefined): void {
  shown = next
  clearTimeout(timer)
  if (next !== undefined) timer = setTimeout(() => show(undefined), shownMs)
  for (const listener of listeners) listener()
}

/** A short word at the page's edge, with at most one thing to do, for a few seconds. A new one takes its place. */
export const toast = (next: Toast): void => show({ ...next, serial: serial++ })

export function ToastRegion() {
  const current = useSyncExternalStore(
    changed => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => shown,
  )
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-[max(1.5rem,env(safe-area-inset-bottom))] z-60 flex justify-center px-4"
    >
      {current && (
        <div
          key={current.serial}
          className="appear pointer-events-auto flex items-center gap-4 rounded-xl bg-ink px-4 py-2.5 text-page shadow-lg"
        >
          <span>{current.text}</span>
          {current.action && (
            <button
              type="button"
              className="min-h-8 rounded-md px-2 font-semibold underline underline-offset-4"
              onClick={() => {
                current.action?.run()
                show(undefined)
              }}
            >
              {current.action.label}
            </button>
          )}
        </div>
      )}
    </div>
  )
}
