import type { Clock, IdSource, Log } from '#kit'
import type { FaultCode, FinishReason } from '#protocol'
import type { EndOutcome, GenerationRecord, Store, TurnEnd } from '#store'
import type { LiveTurn } from './live-turn.ts'
import type { Answer } from './run-turn/collect-answer.ts'
import { untilTaken } from './until-taken.ts'

/** How a turn ended. */
export interface Ending {
  readonly status: TurnEnd['status']
  readonly answer: Answer
  readonly fault: { readonly code: FaultCode; readonly detail: string } | null
}

export interface RecordTurnDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly newId: IdSource
}

/**
 * Writes a turn's end, and tries again until it is committed: an answer that was generated is not lost to a database
 * that restarts. Not `ended` when the turn was no longer running under this epoch; then nothing was written.
 */
export async function recordTurn(
  deps: RecordTurnDeps,
  live: LiveTurn,
  usageId: string,
  ending: Ending,
): Promise<EndOutcome> {
  const { turn } = live
  const end = toTurnEnd(deps, live, usageId, ending)
  return untilTaken(
    () => deps.store.of(turn.userId).turns.end(end),
    retryMs =>
      deps.log.warn({ turn_id: turn.turnId, retry_ms: retryMs }, 'the database is away; a finished turn waits for it'),
  )
}

function toTurnEnd(deps: RecordTurnDeps, live: LiveTurn, usageId: string, ending: Ending): TurnEnd {
  const { answer, status, fault } = ending
  return {
    turnId: live.turn.turnId,
    epoch: live.turn.epoch,
    status,
    finishReason: finishReasonOf(ending),
    content: live.text,
    tokens: answer.usage?.outputTokens ?? null,
    fault,
    generation: generationOf(deps, ending, live.text === live.turn.prefix),
    lastSeq: live.lastSeq + 1, // of the event that will tell this end
    usageId,
  }
}

function finishReasonOf({ status, answer }: Ending): FinishReason | null {
  if (status === 'done') return answer.finishReason ?? null
  return status === 'failed' ? null : status
}

function generationOf(
  { newId }: RecordTurnDeps,
  { answer, status }: Ending,
  withoutText: boolean,
): GenerationRecord | null {
  if (answer.served === undefined) return null
  return {
    id: newId(),
    ...answer.served,
    inputTokens: answer.usage?.inputTokens ?? 0,
    cachedTokens: answer.usage?.cachedTokens ?? 0,
    outputTokens: answer.usage?.outputTokens ?? 0,
    firstTokenMs: answer.firstTokenMs === undefined ? null : Math.round(answer.firstTokenMs),
    latencyMs: Math.round(answer.latencyMs),
    outcome: status === 'failed' && withoutText ? 'refused' : outcomes[status],
  }
}

const outcomes: Readonly<Record<TurnEnd['status'], GenerationRecord['outcome']>> = {
  done: 'complete',
  stopped: 'aborted',
  interrupted: 'aborted',
  failed: 'cut',
}
