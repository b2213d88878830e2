import { useEffect, useState } from 'react'
import { t } from '../text/catalogue.ts'
import { copyText } from '../ui/copy-text.ts'

export interface CopyButtonProps {
  readonly text: string | (() => string)
  readonly label: string
  readonly className?: string
}

/** Copies a text, and says for two seconds that it did. */
export function CopyButton({ text, label: name, className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), shownMs)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => setCopied(await copyText(typeof text === 'string' ? text : text()))
  return (
    <button type="button" className={className} onClick={copy} aria-live="polite">
      {copied ? t('code.copied') : name}
    </button>
  )
}

const shownMs = 2000
