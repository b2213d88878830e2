import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { t } from '../text/catalogue.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { moveToEnd } from '../ui/move-to-end.ts'
import type { BranchRow } from './branch.ts'
import { BranchArrows } from './branch-arrows.tsx'

interface QuestionProps {
  readonly row: BranchRow
  readonly onEdit: (content: string) => void
  readonly onBranch: (id: string) => void
}

/** What a person wrote. An edit is another message in its place; both stay. */
export function Question({ row, onEdit, onBranch }: QuestionProps) {
  const [edited, setEdited] = useState<string>()
  const { message } = row
  if (edited !== undefined) {
    return (
      <form
        className="flex flex-col gap-2 rounded-2xl bg-bubble p-3"
        onSubmit={event => {
          event.preventDefault()
          if (edited.trim() === '') return
          setEdited(undefined)
          onEdit(edited)
        }}
      >
        <textarea
          // biome-ignore lint/a11y/noAutofocus: somebody has just asked to edit it
          autoFocus
          onFocus={event => moveToEnd(event.target)}
          aria-label={t('message.edit')}
          dir="auto"
          value={edited}
          rows={Math.min(12, edited.split('\n').length + 1)}
          onChange={event => setEdited(event.target.value)}
          onKeyDown={event => event.key === 'Escape' && !event.nativeEvent.isComposing && setEdited(undefined)}
          className="w-full resize-none rounded-lg bg-raised p-3"
        />
        <div className="flex justify-end gap-2">
          <Button onClick={() => setEdited(undefined)}>{t('action.cancel')}</Button>
          <Button look="primary" type="submit" disabled={edited.trim() === ''}>
            {t('composer.send')}
          </Button>
        </div>
      </form>
    )
  }
  return (
    <div className="group flex flex-row-reverse items-end gap-1">
      <Bubble text={message.content} />
      <div className="flex items-center pb-1 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 max-md:opacity-100">
        <BranchArrows row={row} onBranch={onBranch} />
        <IconButton small label={t('message.edit')} onClick={() => setEdited(message.content)}>
          <Pencil className="size-4" />
        </IconButton>
      </div>
    </div>
  )
}

export function Bubble({ text }: { readonly text: string }) {
  return (
    <div
      dir="auto"
      className="min-w-0 max-w-[85%] rounded-2xl rounded-br-md bg-bubble px-4 py-2.5 leading-relaxed wrap-anywhere whitespace-pre-wrap"
    >
      {text}
    </div>
  )
}
