import type { FaultCode, TurnEvent } from '#protocol'
import type { MessageRow, TurnRow } from '#store'
import type { EndEvent } from './live-turn.ts'
import { toMessage } from './to-wire.ts'

export type TokenUsageRow = {
  readonly input_tokens: number
  readonly cached_tokens: number
  readonly output_tokens: number
}

/** Faults that trying again cannot mend. */
const lasting: ReadonlySet<FaultCode> = new Set([
  'context_length_exceeded',
  'invalid_field',
  'invalid_request',
  'model_not_found',
  'not_found',
])

/** How a turn's end is told: a failed one as an error, every other as done. */
export function endEvent(
  answer: MessageRow,
  fault: { readonly code: FaultCode; readonly detail: string } | null,
  usage: TokenUsageRow | null,
): EndEvent {
  if (fault !== null) {
    return { type: 'error', code: fault.code, message: fault.detail, retryable: !lasting.has(fault.code) }
  }
  return { type: 'done', message: toMessage(answer), usage, finish_reason: answer.finish_reason }
}

/**
 * What a reader who has seen everything up to `after` is told of a turn that has ended: `start`, `snapshot` and the end,
 * as far as they are new to them. Their `seq` are the last of the turn, so that they are newer than all they can have seen.
 */
export function endedEvents(
  turn: TurnRow,
  answer: MessageRow,
  usage: TokenUsageRow | null,
  after: number,
): readonly TurnEvent[] {
  const fault = turn.fault_code && { code: turn.fault_code, detail: turn.fault_detail ?? '' }
  const events: Exclude<TurnEvent, { type: 'status' }>[] = [
    startEvent(turn),
    { type: 'snapshot', turn_id: turn.id, seq: Math.max(2, turn.last_seq - 1), content: answer.content },
    { ...endEvent(answer, fault, usage), turn_id: turn.id, seq: Math.max(3, turn.last_seq) },
  ]
  return events.filter(({ seq }) => seq > after)
}

export const startEvent = (turn: TurnRow) => ({
  type: 'start' as const,
  turn_id: turn.id,
  seq: 1,
  conversation_id: turn.conversation_id,
  message_id: turn.message_id,
  user_message_id: turn.user_message_id,
})
