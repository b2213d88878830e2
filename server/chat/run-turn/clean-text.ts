import { createTextCleaner } from '#kit'
import type { ReplyEvent } from './reply-event.ts'
import type { Stage } from './stage.ts'

/** Rids the answer's text of what the database refuses, also where a batch cuts a surrogate pair in two. */
export function cleanTextStage(): Stage<ReplyEvent> {
  const cleaner = createTextCleaner()
  return batch => {
    const [only] = batch
    // The usual batch is one piece of text with nothing to clean.
    if (batch.length === 1 && only?.type === 'text') {
      const text = cleaner.push(only.text)
      return text === only.text ? batch : textEvents(text)
    }
    return batch.flatMap((event): ReplyEvent[] => {
      if (event.type === 'text') return textEvents(cleaner.push(event.text))
      if (event.type === 'end') return [...textEvents(cleaner.end()), event]
      return [event]
    })
  }
}

const textEvents = (text: string): ReplyEvent[] => (text === '' ? [] : [{ type: 'text', text }])
