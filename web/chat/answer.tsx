import { memo } from 'react'
import type { Message } from '#protocol'
import { Markdown } from '../markdown/markdown.tsx'
import { isOpen, useLiveTurn } from '../page-context.ts'
import { t } from '../text/catalogue.ts'
import type { Waiting } from '../turns/live-turn.ts'
import { AnswerActions, type AnswerActionsProps } from './answer-actions.tsx'
import { AnswerEnd } from './answer-end.tsx'

export interface AnswerProps extends AnswerActionsProps {
  readonly conversationId: string
  readonly onContinue: (answer: Message) => Promise<void>
}

/** What a model wrote, or is writing. */
export const Answer = memo(function Answer({ conversationId, onContinue, ...actions }: AnswerProps) {
  const { message } = actions.row
  const live = useLiveTurn(message, conversationId)
  const open = isOpen(message) && !live?.end
  // One that goes on shows what it had until its new turn speaks.
  const content = live?.content || message.content
  return (
    <article aria-label={t('message.answer')} className="group flex flex-col gap-1">
      {live?.reasoning && <Reasoning text={live.reasoning} open={content === ''} />}
      {open && content === '' ? (
        <WaitingLine waiting={live?.waiting ?? { state: 'sent', position: undefined, waitMs: undefined }} />
      ) : (
        <Markdown text={content} streaming={open} />
      )}
      {!open && !isOpen(message) && (
        <>
          <AnswerEnd message={message} onContinue={onContinue} onAgain={actions.onAgain} />
          <AnswerActions {...actions} />
        </>
      )}
    </article>
  )
})

function Reasoning({ text, open }: { readonly text: string; readonly open: boolean }) {
  return (
    <details className="rounded-lg border border-line px-3 py-2 text-sm text-muted" open={open || undefined}>
      <summary>{t('answer.reasoning')}</summary>
      <p className="pt-2 whitespace-pre-wrap">{text}</p>
    </details>
  )
}

function WaitingLine({ waiting: { state, position, waitMs } }: { readonly waiting: Waiting }) {
  return (
    <p className="flex items-center gap-2.5 py-1.5 text-muted">
      <span className="breathe size-2.5 rounded-full bg-accent" aria-hidden="true" />
      {state === 'queued' && position !== undefined ? t('waiting.place', { position }) : t(`waiting.${state}`)}
      {waitMs !== undefined && waitMs >= 1_000 && ` ${t('waiting.time', { seconds: Math.ceil(waitMs / 1_000) })}`}
    </p>
  )
}
