import { memo } from 'react'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { copyText } from '../ui/copy-text.ts'
import { Notice } from '../ui/notice.tsx'
import { Answer } from './answer.tsx'
import type { BranchRow } from './branch.ts'
import type { Outgoing } from './outbox.ts'
import { Bubble, Question } from './question.tsx'
import type { AnswerWork } from './use-answer-work.ts'

interface MessageListProps {
  readonly conversationId: string
  readonly rows: readonly BranchRow[]
  readonly outgoing: readonly Outgoing[]
  readonly answers: AnswerWork
  readonly onChoose: (parentId: string | null, messageId: string) => void
  readonly onEdit: (content: string, parentId: string | null) => void
  readonly onSendAgain: (message: Outgoing) => void
  readonly onDiscard: (key: string) => void
}

/** The branch in sight, and below it what is on its way to the server. */
export function MessageList({
  conversationId,
  rows,
  outgoing,
  answers,
  onChoose,
  onEdit,
  onSendAgain,
  onDiscard,
}: MessageListProps) {
  return (
    <div className="flex flex-col gap-6">
      {rows.map((row, index) => (
        <Row
          key={row.message.id}
          conversationId={conversationId}
          row={row}
          last={index === rows.length - 1}
          answers={answers}
          onChoose={onChoose}
          onEdit={onEdit}
        />
      ))}
      {outgoing.map(message => (
        <OnItsWay key={message.key} message={message} onSendAgain={onSendAgain} onDiscard={onDiscard} />
      ))}
    </div>
  )
}

interface RowProps extends Pick<MessageListProps, 'conversationId' | 'answers' | 'onChoose' | 'onEdit'> {
  readonly row: BranchRow
  readonly last: boolean
}

/** Drawn again only when its message is another object, or its place has changed. */
const Row = memo(
  function Row({ conversationId, row, last, answers, onChoose, onEdit }: RowProps) {
    const { message } = row
    const onBranch = (id: string) => onChoose(message.parent_id, id)
    if (message.role !== 'assistant')
      return <Question row={row} onBranch={onBranch} onEdit={content => onEdit(content, message.parent_id)} />
    return (
      <Answer
        conversationId={conversationId}
        row={row}
        last={last}
        onBranch={onBranch}
        onAgain={answers.again}
        onContinue={answers.goOn}
        onRate={answers.rate}
      />
    )
  },
  (before, after) =>
    before.row.message === after.row.message &&
    before.row.index === after.row.index &&
    before.row.siblings.length === after.row.siblings.length &&
    before.last === after.last &&
    before.answers === after.answers &&
    before.onChoose === after.onChoose &&
    before.onEdit === after.onEdit,
)

interface OnItsWayProps extends Pick<MessageListProps, 'onSendAgain' | 'onDiscard'> {
  readonly message: Outgoing
}

function OnItsWay({ message, onSendAgain, onDiscard }: OnItsWayProps) {
  const { content, error, key } = message
  const unsure = error?.status === 0
  return (
    <div className="flex flex-col items-end gap-2">
      <Bubble text={content} />
      {error === undefined ? (
        <p className="self-start py-1.5 text-muted">
          <span className="breathe inline-block size-2.5 rounded-full bg-accent" aria-hidden="true" />
          <span className="sr-only">{t('message.sending')}</span>
        </p>
      ) : (
        <Notice
          kind={unsure ? 'warning' : 'danger'}
          actions={
            <>
              <Button onClick={() => onSendAgain(message)}>{t('action.retry')}</Button>
              <Button onClick={() => void copyText(content)}>{t('action.copyText')}</Button>
              <Button onClick={() => onDiscard(key)}>{t('action.discard')}</Button>
            </>
          }
        >
          <p className="font-medium">{t(unsure ? 'message.unsure' : 'message.notSent')}</p>
          {!unsure && <p className="text-sm">{error.message}</p>}
          {error.requestId && <p className="pt-1 text-xs text-muted select-all">{error.requestId}</p>}
        </Notice>
      )}
    </div>
  )
}
