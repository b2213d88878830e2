import type { Clock, IdSource, Log } from '#kit'
import type { ChoiceReasons } from '#llm-router'
import type { FaultCode, FinishReason, GenerationReasons } from '#protocol'
import type { EndOutcome, GenerationRecord, Store, TurnEnd } from '#store'
import type { LiveTurn } from './live-turn.ts'
import { type Answer, isCached } from './run-turn/collect-answer.ts'
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
    servedBy: answer.keptFrom ?? answer.attempts.at(-1) ?? null,
    cached: isCached(answer),
    refused: answer.refused ?? null,
    generations: isCached(answer) ? [] : generationsOf(deps, ending, live),
    lastSeq: live.endSeq,
    usageId,
  }
}

function finishReasonOf({ status, answer }: Ending): FinishReason | null {
  if (status === 'done') return answer.finishReason ?? null
  return status === 'failed' ? null : status
}

/** One receipt for each attempt: those that were given up, one that was cut and gone on with, the one that answered. */
function generationsOf({ newId }: RecordTurnDeps, ending: Ending, { text, turn }: LiveTurn): GenerationRecord[] {
  const { attempts, usage, firstTokenMs } = ending.answer
  const firstText = firstTokenMs === undefined ? null : Math.round(firstTokenMs)
  const gone = attempts.find(({ cut }) => cut !== undefined)?.cut
  return attempts.map(({ cluster, model, reasons, latencyMs, cut }, index): GenerationRecord => {
    const common = {
      id: newId(),
      cluster,
      model,
      reasons: toReasons(reasons, index + 1),
      latencyMs: Math.round(latencyMs),
      wentOnAt: null,
    }
    if (cut !== undefined) {
      const { at, inputTokens, outputTokens } = cut
      const spent = { inputTokens, cachedTokens: 0, outputTokens, firstTokenMs: firstText }
      return { ...common, ...spent, outcome: 'cut', wentOnAt: turn.prefix.length + at }
    }
    if (index < attempts.length - 1) return { ...common, ...nothing, outcome: 'refused' }
    return {
      ...common,
      inputTokens: usage === undefined ? 0 : usage.inputTokens - (gone?.inputTokens ?? 0),
      cachedTokens: usage?.cachedTokens ?? 0,
      outputTokens: usage === undefined ? 0 : usage.outputTokens - (gone?.outputTokens ?? 0),
      firstTokenMs: gone === undefined ? firstText : null,
      outcome: outcomeOf(ending, text === turn.prefix),
    }
  })
}

const toReasons = (reasons: ChoiceReasons, attempt: number): GenerationReasons => ({
  policy: reasons.policy,
  attempt,
  candidates: reasons.candidates,
  score: reasons.score,
  first_token_ms: Math.round(reasons.firstTokenMs),
  uncached_tokens: Math.round(reasons.uncachedTokens),
  lateness: reasons.lateness,
})

function outcomeOf({ answer, status }: Ending, withoutText: boolean): GenerationRecord['outcome'] {
  if (answer.refused !== undefined) return 'aborted'
  return status === 'failed' && withoutText ? 'refused' : outcomes[status]
}

const nothing = { inputTokens: 0, cachedTokens: 0, outputTokens: 0, firstTokenMs: null }

const outcomes: Readonly<Record<TurnEnd['status'], GenerationRecord['outcome']>> = {
  done: 'complete',
  stopped: 'aborted',
  interrupted: 'aborted',
  failed: 'cut',
}
