import { X } from 'lucide-react'
import { type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react'
import { t } from '../text/catalogue.ts'
import { IconButton } from './button.tsx'

interface DialogProps {
  readonly title: string
  readonly children: ReactNode
  /** Asked for by Escape or the cross. Left out: it cannot be closed. */
  readonly onClose?: () => void
}

/**
 * A window above the page, open as long as it is rendered. The browser's own: it keeps the focus inside and makes the rest
 * inert. What it asks for first has the focus, which goes back to where it was, or to the button of the menu it was in.
 */
export function Dialog({ title, children, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  const [opener] = useState(openerNow)
  // Before it is painted: a key pressed as soon as it can be seen is its own.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    element?.querySelector<HTMLElement>('input:not([readonly])')?.focus()
    return () => {
      element?.close()
      opener?.focus()
    }
  }, [opener])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={event => {
        event.preventDefault()
        onClose?.()
      }}
      // A browser heeds the line above once only, and then closes it all the same.
      onClose={() => (onClose === undefined ? dialog.current?.showModal() : onClose())}
      className="appear m-auto w-full max-w-md rounded-2xl border border-line bg-page p-0 text-ink shadow-xl backdrop:bg-black/40 max-sm:mb-0 max-sm:max-w-none max-sm:rounded-b-none"
    >
      <div className="flex flex-col gap-4 p-5 pb-[max(1.25rem,env(safe-area-inset-bottom))]">
        <header className="flex items-center justify-between gap-4">
          <h2 id={titleId} className="text-lg font-semibold">
            {title}
          </h2>
          {onClose && (
            <IconButton label={t('action.close')} onClick={onClose}>
              <X className="size-5" />
            </IconButton>
          )}
        </header>
        {children}
      </div>
    </dialog>
  )
}

/** A menu is gone once one of its items was chosen. */
function openerNow(): HTMLElement | null {
  const focused = document.activeElement
  const menu = focused?.closest('[role=menu]')
  const opener = menu ? document.getElementById(menu.getAttribute('aria-labelledby') ?? '') : focused
  return opener instanceof HTMLElement ? opener : null
}
