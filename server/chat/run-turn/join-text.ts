import type { GenerationEvent, ReadPace, TakeBatch } from '#llm-router'

/**
 * The same taker; under pressure, the pieces of text that one read brought are one piece to it. They would leave as one
 * frame anyhow, and are cheaper to screen, to log and to store.
 */
export function joinText(take: TakeBatch, pace: Pick<ReadPace, 'pressed'>): TakeBatch {
  return batch => take(batch.length > 1 && pace.pressed ? joined(batch) : batch)
}

function joined(batch: readonly GenerationEvent[]): readonly GenerationEvent[] {
  const events: GenerationEvent[] = []
  let text = ''
  for (const event of batch) {
    if (event.type === 'text') {
      text += event.text
      continue
    }
    if (text !== '') events.push({ type: 'text', text })
    text = ''
    events.push(event)
  }
  if (text !== '') events.push({ type: 'text', text })
  return events
}
