import { useEffect, useRef, useState } from 'react'
import { useActiveConversations } from '../page-context.ts'
import { t } from '../text/catalogue.ts'

/** Tells those who listen to the page, once each, that an answer begins and ends; its words they read at their own pace. */
export function Announcer() {
  const active = useActiveConversations().size
  const before = useRef(active)
  const [said, setSaid] = useState('')
  useEffect(() => {
    if (active > before.current) setSaid(t('announce.begun'))
    if (active < before.current) setSaid(t('announce.ended'))
    before.current = active
  }, [active])
  return (
    <p aria-live="polite" className="sr-only">
      {said}
    </p>
  )
}
