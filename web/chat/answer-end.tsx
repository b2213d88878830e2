import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Message } from '#protocol'
import { turnQuery } from '../api/queries.ts'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'

interface AnswerEndProps {
  readonly message: Message
  readonly onContinue: (answer: Message) => Promise<void>
  readonly onAgain: (answer: Message, model?: string) => Promise<void>
}

/** Says of an answer that did not come to its own end why, and what can be done. */
export function AnswerEnd({ message, onContinue, onAgain }: AnswerEndProps) {
  const [busy, setBusy] = useState(false)
  const doing = (work: Promise<void>) => {
    setBusy(true)
    void work.finally(() => setBusy(false))
  }
  const goOn = (
    <Button busy={busy} onClick={() => doing(onContinue(message))}>
      {t('answer.continue')}
    </Button>
  )
  if (message.status === 'failed') {
    return (
      <Failure
        turnId={message.turn_id}
        actions={
          <>
            <Button busy={busy} onClick={() => doing(onAgain(message))}>
              {t('answer.again')}
            </Button>
            {message.content !== '' && goOn}
          </>
        }
      />
    )
  }
  if (message.status === 'stopped') return <Cut text={t('answer.stopped')}>{message.content !== '' && goOn}</Cut>
  if (message.status === 'interrupted') return <Cut text={t('answer.interrupted')}>{goOn}</Cut>
  if (message.finish_reason === 'length') return <Cut text={t('answer.length')}>{goOn}</Cut>
  if (message.finish_reason === 'content_filter')
    return <p className="text-sm text-muted">{t('answer.refused', { category: message.category ?? '' })}</p>
  return null
}

function Cut({ text, children }: { readonly text: string; readonly children: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-3 border-l-2 border-line-strong py-1 pl-3 text-sm text-muted">
      <span>{text}</span>
      {children}
    </div>
  )
}

function Failure({ turnId, actions }: { readonly turnId: string | null; readonly actions: React.ReactNode }) {
  const { data: turn } = useQuery({ ...turnQuery(turnId ?? ''), enabled: turnId !== null })
  return (
    <Notice kind="danger" actions={actions}>
      <p className="font-medium">{t('answer.failed')}</p>
      <p className="text-sm">{turn?.error?.message ?? t('answer.failedUnknown')}</p>
      {turnId !== null && (
        <p className="pt-1 text-xs text-muted select-all" title={t('answer.failedId')}>
          {turnId}
        </p>
      )}
    </Notice>
  )
}
