import { type Clock, Fault, type IdSource, isFault, type Log } from '#kit'
import type { GenerationEvent, LlmRouter, ResolvedModel } from '#llm-router'
import type { TokenUsage } from '#protocol'
import type { ClaimedTurn, Store } from '#store'
import { buildPrompt, type Prompt } from '../build-prompt.ts'
import { endEvent } from '../ended-events.ts'
import type { TokenEstimator } from '../estimate-tokens.ts'
import type { EarlyEnd, LiveTurn } from '../live-turn.ts'
import type { RunOutcome } from '../live-turns.ts'
import { type Ending, recordTurn } from '../record-turn.ts'
import { cleanTextStage } from './clean-text.ts'
import { type Answer, collectAnswerStage, emptyAnswer } from './collect-answer.ts'
import { pipeline } from './stage.ts'

export interface RunTurnDeps {
  readonly store: Store
  readonly llmRouter: LlmRouter
  readonly estimator: TokenEstimator
  readonly clock: Clock
  readonly log: Log
  readonly newId: IdSource
  readonly metrics: TurnMetrics
  /** See `TurnLog.settled`. */
  readonly logSettled: () => Promise<void>
}

/** Told of every turn this process ended. */
export interface TurnMetrics {
  turnEnded(turn: {
    readonly userId: string
    readonly model: string
    readonly status: Ending['status']
    readonly answer: Answer
  }): void
}

/** Tokens an answer may have unless the sender says otherwise. */
const defaultMaxTokens = 4_096
/** How often a prompt is shortened when the cluster counts more tokens than were guessed. */
const mostShortenings = 4

/**
 * Runs one turn to its recorded end, whatever happens: prompt, generation, stages, record, and only then the event that
 * tells the end. Apart from any connection. Undefined when the turn was no longer this process's to end.
 */
export async function runTurn(deps: RunTurnDeps, live: LiveTurn): Promise<RunOutcome | undefined> {
  const { turn } = live
  const usageId = deps.newId()
  const answer = emptyAnswer()
  let ending: Ending
  try {
    await generateAnswer(deps, live, answer)
    ending = { status: 'done', answer, fault: null }
  } catch (error) {
    ending = endingOf(error, answer, live.signal)
    if (ending.fault?.code === 'internal') deps.log.error({ turn_id: turn.turnId, error }, 'a turn failed by a bug')
  }
  await deps.logSettled()
  const outcome = await recordTurn(deps, live, usageId, ending)
  if (!outcome.ended) {
    // Whoever ended it wrote the truth; readers find it in the database.
    live.end({ type: 'error', code: 'internal', message: 'Another process took this turn over.', retryable: true })
    return undefined
  }
  live.end(endEvent(outcome.answer, ending.fault, usageOf(answer)))
  deps.metrics.turnEnded({ userId: turn.userId, model: turn.model, status: ending.status, answer })
  return { othersOpen: outcome.othersOpen }
}

async function generateAnswer(
  { store, llmRouter, estimator, clock }: RunTurnDeps,
  live: LiveTurn,
  answer: Answer,
): Promise<void> {
  const { turn } = live
  const model = llmRouter.admit(turn.model)
  const owner = store.of(turn.userId)
  // A continued answer is part of its own prompt: the model goes on where its text ends.
  const leaf = turn.prefix === '' ? turn.userMessageId : turn.answerId
  const [conversation, branch] = await Promise.all([
    owner.conversations.get(turn.conversationId),
    owner.messages.branch(turn.conversationId, leaf, model.contextTokens * mostCharactersPerToken),
  ])
  const reserve = Math.min(turn.maxTokens ?? defaultMaxTokens, Math.floor(model.contextTokens / 4))
  let budgetTokens = model.contextTokens - reserve
  for (let shortenings = 0; ; shortenings++) {
    const prompt = buildPrompt({
      systemPrompt: conversation?.system_prompt ?? null,
      branch,
      budgetTokens,
      estimate: bytes => estimator.estimate(model.serves, bytes),
    })
    const request = {
      messages: prompt.messages,
      maxTokens: answerTokens(turn, model, prompt, reserve),
      temperature: turn.temperature ?? model.temperature,
    }
    await consume(llmRouter.generate(model, request, live.signal), live, answer, clock)
    if (answer.usage) estimator.learn(model.serves, prompt.bytes, answer.usage.inputTokens)
    if (answer.tooLong === undefined) return
    if (prompt.shortest || shortenings === mostShortenings) throw tooLong(answer.tooLong, model)
    budgetTokens = shorterBudget(budgetTokens, prompt, answer.tooLong, reserve)
    Object.assign(answer, emptyAnswer())
  }
}

/** More characters than this never make one token on average, so no more of a branch is read than could fit. */
const mostCharactersPerToken = 8

async function consume(
  batches: AsyncIterable<readonly GenerationEvent[]>,
  live: LiveTurn,
  answer: Answer,
  clock: Clock,
): Promise<void> {
  const stages = pipeline(cleanTextStage(), collectAnswerStage(answer, clock))
  for await (const batch of batches) live.append(stages(batch))
}

/** What is left of the context by our guess, but never less than the reserve, which the prompt's budget kept free. */
function answerTokens(turn: ClaimedTurn, model: ResolvedModel, prompt: Prompt, reserve: number): number {
  const left = Math.max(reserve, model.contextTokens - prompt.estimatedTokens)
  return Math.min(turn.maxTokens ?? defaultMaxTokens, left)
}

/** By the cluster's own count where it told one, with a tenth to spare; else a quarter less. */
function shorterBudget(
  budget: number,
  prompt: Prompt,
  { promptTokens, contextTokens }: NonNullable<Answer['tooLong']>,
  reserve: number,
): number {
  if (promptTokens === null || contextTokens === null)
    return Math.floor(Math.min(budget, prompt.estimatedTokens) * 0.75)
  return Math.floor(prompt.estimatedTokens * ((contextTokens - reserve) / promptTokens) * 0.9)
}

function tooLong({ promptTokens }: NonNullable<Answer['tooLong']>, model: ResolvedModel): Fault {
  const counted = promptTokens === null ? '' : ` It has ${promptTokens} tokens.`
  return new Fault(
    'context_length_exceeded',
    `The message is longer than the ${model.contextTokens} tokens that the model "${model.name}" takes.${counted}`,
    { field: 'content' },
  )
}

function endingOf(error: unknown, answer: Answer, signal: AbortSignal): Ending {
  if (signal.aborted) {
    const reason: EarlyEnd = signal.reason
    return { status: reason === 'stopped' ? 'stopped' : 'interrupted', answer, fault: null }
  }
  if (isFault(error)) return { status: 'failed', answer, fault: { code: error.code, detail: error.message } }
  return { status: 'failed', answer, fault: { code: 'internal', detail: 'Something went wrong on our side.' } }
}

const usageOf = ({ usage }: Answer): TokenUsage | null =>
  usage === undefined
    ? null
    : { input_tokens: usage.inputTokens, cached_tokens: usage.cachedTokens, output_tokens: usage.outputTokens }
