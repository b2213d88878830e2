import { t } from '../text/catalogue.ts'
import { toast } from './toast.tsx'

/**
 * Puts a text on the clipboard; says so where it could not, and resolves with whether it could. Browsers keep their
 * clipboard from pages that came over plain http from another machine: there the old way is tried.
 */
export async function copyText(text: string): Promise<boolean> {
  const copied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  )
  const done = copied || copyBySelection(text)
  if (!done) toast({ text: t('action.notCopied') })
  return done
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'sr-only'
  // Within an open dialog everything outside is out of reach.
  const place = document.querySelector('dialog[open]') ?? document.body
  place.append(field)
  field.select()
  const copied = document.execCommand('copy')
  field.remove()
  return copied
}
