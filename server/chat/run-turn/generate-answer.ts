import { type Clock, Fault, type Log } from '#kit'
import type { LlmRouter, ReadPace, ResolvedModel, Ticket } from '#llm-router'
import type { Safety } from '#safety'
import type { ClaimedTurn, PromptContext, Store } from '#store'
import { buildPrompt, type Prompt } from '../build-prompt.ts'
import type { TokenEstimator } from '../estimate-tokens.ts'
import type { LiveTurn } from '../live-turn.ts'
import { untilTaken } from '../until-taken.ts'
import { type AnswerOnceDeps, answerOnce } from './answer-once.ts'
import { type Answer, collectAnswerStage, emptyAnswer, isCached } from './collect-answer.ts'
import { joinText } from './join-text.ts'
import type { ReplySource, TakeReply } from './reply-event.ts'
import { screenReply } from './screen-reply.ts'

export interface GenerateAnswerDeps {
  readonly store: Store
  readonly llmRouter: LlmRouter
  readonly safety: Safety
  /** Undefined: every prompt is answered anew. */
  readonly sharing: AnswerSharing | undefined
  readonly estimator: TokenEstimator
  readonly tick: ReadPace
  readonly clock: Clock
  readonly log: Log
}

/** How equal prompts are answered once. */
export interface AnswerSharing extends AnswerOnceDeps {
  /** Who may get an answer made for another turn: its own user, or everybody. */
  readonly scope: 'user' | 'instance'
  /** Only in branches with at most so many messages, the answer counted. */
  readonly maxMessages: number
}

/** Tokens an answer may have unless the sender says otherwise. */
const defaultMaxTokens = 4_096
/** How often a prompt is shortened when the cluster counts more tokens than were guessed. */
const mostShortenings = 4
/** More characters than this never make one token on average, so no more of a branch is read than could fit. */
const mostCharactersPerToken = 8
/** How many of the latest questions safety sees. */
const mostQuestions = 3

/**
 * Builds the prompt, has it answered, and appends the answer to the turn's log as it comes; gathers what else there is
 * to know of it in `answer`. Without a ticket it gets in line by itself: it was accepted before. Returns what the prompt
 * was made from. Throws faults, and the reason of the turn's signal.
 */
export async function generateAnswer(
  deps: GenerateAnswerDeps,
  live: LiveTurn,
  given: Ticket | undefined,
  answer: Answer,
): Promise<PromptContext> {
  const { turn, signal } = live
  const kind = turn.interactive ? 'interactive' : 'default'
  const asking = { userId: turn.userId, class: kind, promptTokens: 0 } as const
  const ticket = given ?? (await deps.llmRouter.admitAnyway(turn.model, asking, signal))
  try {
    return await answerOn(ticket, deps, live, answer)
  } finally {
    ticket.release()
  }
}

async function answerOn(
  ticket: Ticket,
  deps: GenerateAnswerDeps,
  live: LiveTurn,
  answer: Answer,
): Promise<PromptContext> {
  const { store, llmRouter, safety, estimator, clock, log } = deps
  const { turn } = live
  const { model } = ticket
  // A continued answer is part of its own prompt: the model goes on where its text ends.
  const leaf = turn.prefix === '' ? turn.userMessageId : turn.answerId
  const { messages } = store.of(turn.userId)
  const mostCharacters = model.contextTokens * mostCharactersPerToken
  // The turn was accepted: a database that is away delays its answer, and does not end it.
  const stored = await untilTaken(
    () => {
      live.signal.throwIfAborted()
      return messages.promptContext(turn.conversationId, leaf, mostCharacters)
    },
    retryMs =>
      log.warn({ turn_id: turn.turnId, retry_ms: retryMs }, 'the database is away; a turn waits for its prompt'),
  )
  if (stored === undefined) throw new Fault('not_found', 'The conversation was deleted in the meantime.')
  const context = withTextSoFar(stored, turn)
  const collect = collectAnswerStage(answer, clock)
  const { append } = live // looked up once, not for every token
  const take: TakeReply = batch => append(collect(batch))
  const refusal = await safety.screenPrompt(latestQuestions(context), live.signal)
  if (refusal !== undefined) {
    take([
      { type: 'refused', message: 'question', refusal },
      { type: 'end', finishReason: 'content_filter' },
    ])
    return context
  }
  const maxTokens = tokensLeft(turn, text => estimator.estimate(model.serves, Buffer.byteLength(text)))
  const reserve = Math.min(maxTokens, Math.floor(model.contextTokens / 4))
  let budgetTokens = model.contextTokens - reserve
  for (let shortenings = 0; ; shortenings++) {
    const prompt = buildPrompt({
      ...context,
      budgetTokens,
      estimate: bytes => estimator.estimate(model.serves, bytes),
    })
    const request = {
      messages: prompt.messages,
      maxTokens: answerTokens(maxTokens, model, prompt, reserve),
      temperature: turn.temperature ?? model.temperature,
      continues: turn.prefix !== '',
      // Nobody asked for it to be continued, so nobody would understand a seam.
      seamless: turn.taken !== undefined,
    }
    answer.promptTokens = prompt.estimatedTokens
    const generate: ReplySource = (takeAnswer, signal) =>
      llmRouter.generate(ticket, request, joinText(takeAnswer, deps.tick), signal, deps.tick)
    const screen = (source: ReplySource) => screenReply(source, safety, turn.prefix)
    if (deps.sharing !== undefined && mayShare(deps.sharing, turn, context)) {
      const { scope } = deps.sharing
      const shared = {
        prompt: {
          owner: scope === 'instance' ? null : turn.userId,
          model: model.serves,
          parameters: { maxTokens: turn.maxTokens ?? defaultMaxTokens, temperature: request.temperature },
          policyVersion: safety.policyVersion,
          messages: prompt.messages,
        },
        conversationId: context.temporary ? undefined : turn.conversationId,
        generate,
        screen,
      }
      answer.shared = !(await answerOnce(deps.sharing, shared, take, live.signal)).pays
    } else {
      await screen(generate)(take, live.signal)
    }
    if (answer.usage && ofThisPrompt(answer)) estimator.learn(model.serves, prompt.bytes, answer.usage.inputTokens)
    if (answer.tooLong === undefined) return context
    if (prompt.shortest || shortenings === mostShortenings) throw tooLong(answer.tooLong, model)
    budgetTokens = shorterBudget(budgetTokens, prompt, answer.tooLong, reserve)
    Object.assign(answer, emptyAnswer())
  }
}

/** Whether the usage is of this prompt alone. */
const ofThisPrompt = (answer: Answer) => !isCached(answer) && answer.attempts.every(({ cut }) => cut === undefined)

/**
 * The last few: what is meant may stand in several. Without those that were refused before, but for the one to answer,
 * which is judged anew whenever an answer to it is asked for again.
 */
const latestQuestions = ({ branch }: PromptContext): readonly string[] =>
  branch
    .filter(({ role, category }, index) => role === 'user' && (category === null || index === branch.length - 1))
    .slice(-mostQuestions)
    .map(({ content }) => content)

/** A regenerated answer is asked for because the one there is will not do; a continued one has no equal. */
const mayShare = ({ maxMessages }: AnswerSharing, { fresh, prefix }: ClaimedTurn, { branch }: PromptContext): boolean =>
  !fresh && prefix === '' && branch.length < maxMessages

/** The text of an answer that was taken over stands in its log, not yet in its message. */
function withTextSoFar(context: PromptContext, { prefix, taken }: ClaimedTurn): PromptContext {
  const answer = context.branch.at(-1)
  if (taken === undefined || prefix === '' || answer === undefined) return context
  return { ...context, branch: [...context.branch.slice(0, -1), { ...answer, content: prefix }] }
}

/** Of the most tokens that this turn may say, those that it had not said when it was taken over, by our guess. */
function tokensLeft({ maxTokens, prefix, taken }: ClaimedTurn, estimate: (text: string) => number): number {
  const most = maxTokens ?? defaultMaxTokens
  return taken === undefined ? most : Math.max(1, most - estimate(prefix.slice(taken.loggedFrom)))
}

/** What is left of the context by our guess, but never less than the reserve, which the prompt's budget kept free. */
function answerTokens(maxTokens: number, model: ResolvedModel, prompt: Prompt, reserve: number): number {
  return Math.min(maxTokens, Math.max(reserve, model.contextTokens - prompt.estimatedTokens))
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
