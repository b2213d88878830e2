import { useQuery } from '@tanstack/react-query'
import { Check, Copy, Ellipsis, RefreshCw, ThumbsDown, ThumbsUp } from 'lucide-react'
import { useState } from 'react'
import type { Message } from '#protocol'
import { modelsQuery } from '../api/queries.ts'
import { t } from '../text/catalogue.ts'
import { IconButton } from '../ui/button.tsx'
import { copyText } from '../ui/copy-text.ts'
import { Menu, MenuItem, MenuLabel, MenuLine } from '../ui/menu.tsx'
import { AnswerDetails } from './answer-details.tsx'
import type { BranchRow } from './branch.ts'
import { BranchArrows } from './branch-arrows.tsx'

export interface AnswerActionsProps {
  readonly row: BranchRow
  /** The newest answer keeps its actions in sight. */
  readonly last: boolean
  readonly onBranch: (id: string) => void
  readonly onAgain: (answer: Message, model?: string) => Promise<void>
  readonly onRate: (answer: Message, value: 1 | -1 | null) => void
}

const copiedMs = 1_500

/** What can be done with an answer that has ended. */
export function AnswerActions({ row, last, onBranch, onAgain, onRate }: AnswerActionsProps) {
  const { message } = row
  const [details, setDetails] = useState(false)
  const rate = (value: 1 | -1) => onRate(message, message.rating === value ? null : value)
  return (
    <div
      className={`-ml-2 flex flex-wrap items-center transition-opacity ${last ? '' : 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-aria-expanded:opacity-100 max-md:opacity-100'}`}
    >
      <BranchArrows row={row} onBranch={onBranch} />
      {message.content !== '' && <CopyButton text={message.content} />}
      <AgainMenu message={message} onAgain={onAgain} />
      <IconButton small label={t('answer.good')} aria-pressed={message.rating === 1} onClick={() => rate(1)}>
        <ThumbsUp className="size-4" />
      </IconButton>
      <IconButton small label={t('answer.bad')} aria-pressed={message.rating === -1} onClick={() => rate(-1)}>
        <ThumbsDown className="size-4" />
      </IconButton>
      <IconButton small label={t('details.title')} onClick={() => setDetails(true)}>
        <Ellipsis className="size-4" />
      </IconButton>
      {details && <AnswerDetails message={message} onClose={() => setDetails(false)} />}
    </div>
  )
}

function CopyButton({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState(false)
  return (
    <IconButton
      small
      label={copied ? t('action.copied') : t('action.copy')}
      onClick={async () => {
        if (!(await copyText(text))) return
        setCopied(true)
        setTimeout(() => setCopied(false), copiedMs)
      }}
    >
      {copied ? <Check className="size-4" /> : <Copy className="size-4" />}
    </IconButton>
  )
}

function AgainMenu({ message, onAgain }: Pick<AnswerActionsProps, 'onAgain'> & { readonly message: Message }) {
  const { data: models = [] } = useQuery(modelsQuery)
  return (
    <Menu
      align="start"
      trigger={
        <IconButton small label={t('answer.again')}>
          <RefreshCw className="size-4" />
        </IconButton>
      }
    >
      <MenuItem onSelect={() => void onAgain(message)}>{t('answer.again')}</MenuItem>
      <MenuLine />
      <MenuLabel>{t('answer.againWith')}</MenuLabel>
      {models.map(({ id, available }) => (
        <MenuItem key={id} disabled={!available} onSelect={() => void onAgain(message, id)}>
          {id}
        </MenuItem>
      ))}
    </Menu>
  )
}
