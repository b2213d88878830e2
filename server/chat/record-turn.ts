import { setTimeout as wait } from 'node:timers/promises'
import { type Clock, type IdSource, isFault, type Log } from '#kit'
import type { FaultCode } from '#protocol'
import type { ClaimedTurn, EndOutcome, GenerationRecord, Store, TurnEnd } from '#store'
import type { Answer } from './run-turn/collect-answer.ts'

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

/** Between two tries to write an end while the database is away. */
const firstRetryMs = 100
const longestRetryMs = 5_000

/**
 * Writes a turn's end, and tries again until it is committed: an answer that was generated is not lost to a database
 * that restarts. Not `ended` when the turn was no longer running under this epoch; then nothing was written.
 */
export async function recordTurn(
  deps: RecordTurnDeps,
  turn: ClaimedTurn,
  usageId: string,
  ending: Ending,
): Promise<EndOutcome> {
  const end = toTurnEnd(deps, turn, usageId, ending)
  for (let delay = firstRetryMs; ; delay = Math.min(delay * 2, longestRetryMs)) {
    try {
      return await deps.store.of(turn.userId).turns.end(end)
    } catch (error) {
      if (!isFault(error)) throw error
      deps.log.warn({ turn_id: turn.turnId, retry_ms: delay }, 'the database is away; a finished turn waits for it')
      await wait(delay)
    }
  }
}

function toTurnEnd(deps: RecordTurnDeps, turn: ClaimedTurn, usageId: string, ending: Ending): TurnEnd {
  const { answer, status, fault } = ending
  return {
    turnId: turn.turnId,
    epoch: turn.epoch,
    status,
    finishReason: status === 'done' ? (answer.finishReason ?? null) : status === 'interrupted' ? 'interrupted' : null,
    content: answer.text,
    tokens: answer.usage?.outputTokens ?? null,
    fault,
    generation: generationOf(deps, ending),
    usageId,
  }
}

function generationOf({ newId }: RecordTurnDeps, { answer, status }: Ending): GenerationRecord | null {
  if (answer.served === undefined) return null
  return {
    id: newId(),
    ...answer.served,
    inputTokens: answer.usage?.inputTokens ?? 0,
    cachedTokens: answer.usage?.cachedTokens ?? 0,
    outputTokens: answer.usage?.outputTokens ?? 0,
    firstTokenMs: answer.firstTokenMs === undefined ? null : Math.round(answer.firstTokenMs),
    latencyMs: Math.round(answer.latencyMs),
    outcome: outcomes[status](answer),
  }
}

const outcomes: Readonly<Record<TurnEnd['status'], (answer: Answer) => GenerationRecord['outcome']>> = {
  done: () => 'complete',
  stopped: () => 'aborted',
  interrupted: () => 'aborted',
  failed: answer => (answer.text === '' ? 'refused' : 'cut'),
}
