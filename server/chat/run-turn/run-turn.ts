import { type IdSource, isFault } from '#kit'
import type { Ticket } from '#llm-router'
import type { FaultCode, TokenUsage } from '#protocol'
import type { PromptContext } from '#store'
import { endEvent } from '../ended-events.ts'
import type { TokenEstimator } from '../estimate-tokens.ts'
import type { EarlyEnd, LiveTurn } from '../live-turn.ts'
import { type Ending, recordTurn } from '../record-turn.ts'
import type { TurnLog } from '../turn-log.ts'
import { type Answer, emptyAnswer, isCached } from './collect-answer.ts'
import { type GenerateAnswerDeps, generateAnswer } from './generate-answer.ts'

export interface RunTurnDeps extends GenerateAnswerDeps {
  readonly newId: IdSource
  readonly metrics: TurnMetrics
  readonly turnLog: Pick<TurnLog, 'settled' | 'written'>
}

/** Told of every turn this process ended. */
export interface TurnMetrics {
  turnEnded(turn: {
    readonly userId: string
    readonly model: string
    readonly status: Ending['status']
    readonly answer: Answer
    /** The answer was made for another turn. */
    readonly cached: boolean
    /** That it took, as they were counted, or by our guess where it ended before that. */
    readonly tokens: number
  }): void
}

/** What became of a turn that was run. */
export interface RunOutcome {
  /** Other answers of the conversation are queued or running. */
  readonly othersOpen: boolean
  /** It was answered, and the conversation has no name but its first words. */
  readonly untitled: boolean
}

/**
 * Runs one turn to its recorded end, whatever happens: prompt, generation, stages, record, and only then the event that
 * tells the end. Apart from any connection. Undefined when the turn is not, or no longer, this process's to end.
 */
export async function runTurn(
  deps: RunTurnDeps,
  live: LiveTurn,
  ticket: Ticket | undefined,
): Promise<RunOutcome | undefined> {
  const { turn } = live
  const usageId = deps.newId()
  const answer = emptyAnswer()
  let ending: Ending
  let context: PromptContext | undefined
  try {
    context = await generateAnswer(deps, live, ticket, answer)
    ending = { status: 'done', answer, fault: null }
  } catch (error) {
    if (isGivenUp(live.signal)) {
      if (!live.lost) await deps.turnLog.written(live)
      live.lose()
      return undefined
    }
    ending = endingOf(error, answer, live)
    if (ending.fault?.code === 'internal') deps.log.error({ turn_id: turn.turnId, error }, 'a turn failed by a bug')
  }
  // A flush beside the end could leave a row behind it: neither would see what the other writes.
  live.closeLog()
  await deps.turnLog.settled()
  const outcome = await recordTurn(deps, live, usageId, ending)
  if (!outcome.ended) {
    live.lose() // to whoever raised the epoch, or the conversation is gone; the database knows
    return undefined
  }
  live.end(endEvent(outcome.answer, ending.fault, usageOf(answer)))
  deps.metrics.turnEnded({
    userId: turn.userId,
    model: turn.model,
    status: ending.status,
    answer,
    cached: isCached(answer),
    tokens: tokensOf(deps.estimator, live, ending),
  })
  return {
    othersOpen: outcome.othersOpen,
    untitled: context?.titleProvisional === true && answer.refused === undefined,
  }
}

const isGivenUp = ({ aborted, reason }: AbortSignal) => aborted && (reason === 'fenced' || reason === 'handed_over')

function endingOf(error: unknown, answer: Answer, { signal, turn }: LiveTurn): Ending {
  if (signal.aborted) {
    const reason: EarlyEnd = signal.reason
    return { status: reason === 'stopped' ? 'stopped' : 'interrupted', answer, fault: null }
  }
  if (isFault(error)) {
    // It would have gone well but for the process that died: the user may continue it later.
    if (turn.taken !== undefined && cannotGoOn.has(error.code)) return { status: 'interrupted', answer, fault: null }
    return { status: 'failed', answer, fault: { code: error.code, detail: error.message } }
  }
  return { status: 'failed', answer, fault: { code: 'internal', detail: 'Something went wrong on our side.' } }
}

/** No cluster is there that could go on with a turn that was taken over. */
const cannotGoOn: ReadonlySet<FaultCode> = new Set([
  'model_not_found',
  'model_unavailable',
  'overloaded',
  'generation_failed',
])

/** Who stops each answer before its end has used the cluster all the same; what failed without a word costs nobody. */
function tokensOf(estimator: TokenEstimator, { text, turn }: LiveTurn, { answer, status }: Ending): number {
  const { usage, promptTokens } = answer
  const attempt = answer.attempts.at(-1)
  const said = text.slice(turn.prefix.length)
  if (isCached(answer) || attempt === undefined || (status === 'failed' && said === '')) return 0
  if (usage !== undefined) return usage.inputTokens + usage.outputTokens
  return promptTokens + estimator.estimate(attempt.model, Buffer.byteLength(said))
}

const usageOf = (answer: Answer): TokenUsage | null =>
  answer.usage === undefined || isCached(answer)
    ? null
    : {
        input_tokens: answer.usage.inputTokens,
        cached_tokens: answer.usage.cachedTokens,
        output_tokens: answer.usage.outputTokens,
      }
