import { useState } from 'react'
import type { PasswordLink, User } from '#protocol'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { copyText } from '../ui/copy-text.ts'
import { Dialog } from '../ui/dialog.tsx'

interface LinkDialogProps {
  readonly user: User
  readonly link: PasswordLink
  readonly onClose: () => void
}

/** Shows a password link: once, since only its hash is kept. */
export function LinkDialog({ user, link, onClose }: LinkDialogProps) {
  const [copied, setCopied] = useState(false)
  return (
    <Dialog title={t('link.title')} onClose={onClose}>
      <p className="text-muted">
        {t('link.about', { name: user.name, time: new Date(link.expires_at).toLocaleString() })}
      </p>
      <p className="rounded-lg border border-line bg-surface p-3 font-mono text-sm wrap-anywhere select-all">
        {link.url}
      </p>
      <Button
        look="primary"
        full
        onClick={async () => {
          setCopied(await copyText(link.url))
        }}
      >
        {copied ? t('action.copied') : t('link.copy')}
      </Button>
    </Dialog>
  )
}
