import { ArrowUp, Square } from 'lucide-react'
import { type KeyboardEvent, type RefObject, useLayoutEffect, useState } from 'react'
import { t } from '../text/catalogue.ts'
import { IconButton } from '../ui/button.tsx'
import { readDraft, writeDraft } from './draft.ts'
import { ModelPicker } from './model-picker.tsx'

interface ComposerProps {
  readonly userId: string
  /** Names the draft: that of another chat is another one. */
  readonly chat: string
  readonly field: RefObject<HTMLTextAreaElement | null>
  readonly model: string
  readonly onModel: (model: string) => void
  readonly onSend: (content: string) => void
  /** Undefined while no answer is under way. */
  readonly onStop: (() => void) | undefined
}

const longestBytes = 262_144

/**
 * Where one types. Enter sends and Shift+Enter breaks the line, but not while an input method composes a character; on a
 * touch keyboard, which has no Shift+Enter, Enter breaks the line. Escape stops the answer.
 */
export function Composer({ userId, chat, field, model, onModel, onSend, onStop }: ComposerProps) {
  const [text, setText] = useState(() => readDraft(userId, chat))
  const tooLong = text.length > longestBytes / 4 && new TextEncoder().encode(text).length > longestBytes
  const sendable = text.trim() !== '' && !tooLong

  // As tall as its text; past its greatest height (in the style sheet) it scrolls.
  useLayoutEffect(() => {
    const element = field.current
    if (element === null) return
    element.style.height = 'auto'
    element.style.height = text === '' ? '' : `${element.scrollHeight}px`
  }, [field, text])

  function change(next: string): void {
    setText(next)
    writeDraft(userId, chat, next)
  }

  function send(): void {
    if (!sendable) return
    onSend(text)
    change('')
  }

  function onKeyDown(event: KeyboardEvent): void {
    // Some browsers end the composition before the key arrives; 229 is what they all call it then.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    if (event.key === 'Escape') onStop?.()
    if (event.key === 'Enter' && !event.shiftKey && !matchMedia('(pointer: coarse)').matches) {
      event.preventDefault()
      send()
    }
  }

  // A layer above the chat's: after each frame the browser asks what is under the pointer, and finds this before the answers.
  return (
    <div className="relative isolate mx-auto w-full max-w-[48rem] px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-4">
      <form
        className="rounded-2xl border border-line-strong/60 bg-raised shadow-sm transition-shadow focus-within:border-accent focus-within:shadow-md"
        onSubmit={event => {
          event.preventDefault()
          send()
        }}
      >
        <label htmlFor="composer" className="sr-only">
          {t('composer.label')}
        </label>
        <textarea
          id="composer"
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          placeholder={t('composer.placeholder')}
          aria-invalid={tooLong || undefined}
          onChange={event => change(event.target.value)}
          onKeyDown={onKeyDown}
          className="block max-h-[40dvh] w-full resize-none bg-transparent px-4 pt-3.5 pb-1 text-base leading-6 outline-none"
        />
        <div className="flex items-center justify-between gap-2 px-2 pb-2">
          <ModelPicker model={model} onModel={onModel} />
          <span className="flex shrink-0 items-center gap-1">
            {onStop !== undefined && (
              <IconButton label={t('composer.stop')} onClick={onStop}>
                <span className="flex size-9 items-center justify-center rounded-xl bg-ink text-page">
                  <Square className="size-3.5 fill-current" />
                </span>
              </IconButton>
            )}
            {(onStop === undefined || sendable) && (
              <button
                type="submit"
                disabled={!sendable}
                aria-label={t('composer.send')}
                title={t('composer.send')}
                className="inline-flex size-10 items-center justify-center rounded-xl bg-accent text-on-accent transition-colors hover:bg-accent-strong disabled:bg-hover disabled:text-muted"
              >
                <ArrowUp className="size-5" />
              </button>
            )}
          </span>
        </div>
      </form>
      <p className="pt-1.5 text-center text-xs text-muted" role={tooLong ? 'alert' : undefined}>
        {tooLong ? t('composer.tooLong') : t('composer.caution')}
      </p>
    </div>
  )
}
