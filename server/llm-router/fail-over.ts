import { type Clock, followAbort, type Log } from '#kit'
import { type AnswerSoFar, createAnswerSoFar } from './answer-so-far.ts'
import { AttemptFailure } from './attempt-failure.ts'
import type { Cluster, Counts } from './cluster.ts'
import type { QueueTicket, Spent } from './decide/admission-queue.ts'
import type { Dispatch } from './decide/cluster-load.ts'
import type { PromptHasher } from './decide/hash-prompt.ts'
import type { OutputLengths } from './decide/output-lengths.ts'
import { patienceMs } from './decide/patience.ts'
import { hasRoom, type Pool } from './decide/pool.ts'
import type { RetryBudget } from './decide/retry-budget.ts'
import type { GenerationEvent, GenerationRequest, ReadPace, TakeBatch } from './generation-event.ts'
import type { ResolvedModel } from './model-table.ts'
import { demandOf } from './prompt-demand.ts'
import { type Asked, type Sent, send, sendInTurn } from './send-in-turn.ts'
import { faultOf, mayRetry, nextChoice, type Tries } from './try-again.ts'
import type { WaitingLine } from './waiting-line.ts'

export interface Generation {
  readonly model: ResolvedModel
  readonly ticket: QueueTicket
  readonly request: GenerationRequest
  readonly take: TakeBatch
  readonly pace: ReadPace | undefined
  readonly signal: AbortSignal
}

export interface FailOverDeps {
  /** Those that may be asked for it now. */
  readonly serving: (model: ResolvedModel, request: GenerationRequest) => readonly Cluster[]
  readonly line: WaitingLine
  readonly pool: Pool
  /** What the pool chooses by. */
  readonly policy: string
  readonly retries: RetryBudget
  readonly lengths: OutputLengths
  readonly hash: PromptHasher
  readonly clock: Clock
  readonly log: Log
}

/**
 * Generates one answer: waits in line until a cluster has room, then asks one after another until one begins it; behind
 * its first text another one may go on with it, once. Either failure is invisible. Where nobody can go on, it is the fault
 * `generation_failed`. Throws `model_unavailable` where no cluster has served the model for a while, and `overloaded`
 * where all ask for a long pause, or are busy again and again.
 */
export async function failOver(deps: FailOverDeps, generation: Generation): Promise<void> {
  const { clock, retries, line } = deps
  const { model, take, pace, signal, ticket } = generation
  const answer = createAnswerSoFar(generation.request, take)
  let asked = ask(deps, model, answer.request)
  let news: GenerationEvent = { type: 'given_up' }
  const parts: Sent[] = []
  const tries: Tries = { tried: new Set(), failed: new Set(), failures: [], firstAt: clock.elapsed() }
  const { tried, failed, failures } = tries
  retries.requested(clock.elapsed())
  try {
    for (;;) {
      const candidates = deps.serving(model, asked.request).filter(other => !tried.has(other)).length
      const choice = nextChoice(deps, asked, tries)
      if (failures.length > 0) take([news])
      news = { type: 'given_up' }
      const sent =
        choice === undefined
          ? await sendInTurn(deps, generation, asked, failed, failures.length)
          : send(deps, asked, choice, candidates, failures.length)
      const { cluster } = sent
      tried.add(cluster)
      if (parts.push(sent) === 1) tries.firstAt = sent.at
      const outcome = await attempt(deps, asked, sent, tried, answer, pace, signal)
      if (outcome === undefined) return
      const { failure, started } = outcome
      const { message: reason, kind } = failure
      deps.log.warn({ cluster: cluster.name, model: model.serves, kind, reason, started }, 'a generation failed')
      failures.push(failure)
      if (kind !== 'busy') failed.add(cluster)
      const lost = started && !answer.mayGoOn
      if (lost || kind === 'bad_request' || !mayRetry(deps, tries)) throw faultOf(deps, asked, cluster, failures)
      signal.throwIfAborted()
      if (started) {
        news = answer.goOn()
        asked = ask(deps, model, answer.request)
      }
      line.advance() // others may have the place it leaves
    }
  } finally {
    const now = clock.elapsed()
    ticket.ended(spentOn(parts, now), now)
  }
}

/** All of them together; undefined where none began to answer. */
function spentOn(parts: readonly Sent[], now: number): Spent | undefined {
  const begun = parts.flatMap(({ spent, at }) => (spent === undefined ? [] : { ...spent, at }))
  const [first] = begun
  if (first === undefined) return undefined
  return {
    heldMs: now - first.at,
    uncachedInputTokens: begun.reduce((sum, { uncachedInputTokens }) => sum + uncachedInputTokens, 0),
    outputTokens: begun.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
  }
}

function ask({ hash, lengths }: FailOverDeps, model: ResolvedModel, request: GenerationRequest): Asked {
  return { model, request, demand: demandOf(hash, model.serves, request.messages, lengths.expected(model.serves)) }
}

/** Undefined when the cluster gave the whole answer. Throws what is no failure of the cluster: an abort, a bug. */
async function attempt(
  deps: FailOverDeps,
  asked: Asked,
  sent: Sent,
  tried: ReadonlySet<Cluster>,
  answer: AnswerSoFar,
  pace: ReadPace | undefined,
  signal: AbortSignal,
): Promise<{ readonly failure: AttemptFailure; readonly started: boolean } | undefined> {
  const { clock, lengths } = deps
  const { model, request } = asked
  const { cluster, reasons, dispatch } = sent
  const { uncachedTokens: uncachedInputTokens } = reasons
  const late = followAbort(signal)
  let counts: Counts | undefined
  let started = false
  let endWatch = () => {}
  try {
    answer.take([{ type: 'dispatched', cluster: cluster.name, model: model.serves, reasons }])
    endWatch = watchFirstToken(deps, asked, sent, tried, answer, late)
    counts = await cluster.generate({
      model: model.serves,
      request,
      take: answer.take,
      onFirst() {
        started = true
        sent.spent = { uncachedInputTokens, outputTokens: lengths.expected(model.serves) }
        dispatch.firstToken(clock.elapsed())
        endWatch()
      },
      silenceMs: () =>
        answer.mayGoOn && ready(deps, toGoOn(asked), tried).length > 0 ? shortSilenceMs : longSilenceMs,
      pace,
      signal: late.signal,
    })
    if (started) {
      sent.spent = { uncachedInputTokens, outputTokens: counts.outputTokens }
      lengths.sample(model.serves, counts.outputTokens)
    }
    return undefined
  } catch (failure) {
    if (!signal.aborted && failure instanceof AttemptFailure) return { failure, started }
    throw failure
  } finally {
    dispatch.end(clock.elapsed(), { failed: !started, ...counts })
    endWatch()
    late.release()
  }
}

/** Aborts an attempt that has been silent for too long, and tells readers of one that is waited for; until what is returned is called. */
function watchFirstToken(
  deps: FailOverDeps,
  asked: Asked,
  { cluster, dispatch, at: startedAt }: Sent,
  tried: ReadonlySet<Cluster>,
  answer: AnswerSoFar,
  late: Pick<AbortController, 'abort'>,
): () => void {
  const { clock } = deps
  let told = false
  let timer: NodeJS.Timeout | undefined

  /** What is known of the clusters changes while one waits, so the patience is reckoned anew each time it is over. */
  function wait(): void {
    const now = clock.elapsed()
    const others = ready(deps, asked, tried)
    const patience = others.length === 0 ? asked.model.firstTokenTimeoutMs : patienceWith(cluster, dispatch, others)
    const leftMs = startedAt + patience - now
    if (leftMs <= 0) {
      late.abort(new AttemptFailure('silent', 'no token in time'))
      return
    }
    if (others.length === 0 && !told && now - startedAt >= lookAgainMs) {
      told = true
      try {
        answer.take([{ type: 'waiting' }])
      } catch (error) {
        late.abort(error)
        return
      }
    }
    timer = setTimeout(wait, Math.min(leftMs, lookAgainMs))
  }

  wait()
  return () => clearTimeout(timer)
}

/** Those that could take over now. */
function ready(
  { clock, serving }: FailOverDeps,
  { model, request }: Pick<Asked, 'model' | 'request'>,
  tried: ReadonlySet<Cluster>,
): readonly Cluster[] {
  const now = clock.elapsed()
  return serving(model, request).filter(
    other => !tried.has(other) && hasRoom(other, now) && other.breaker.state(now) !== 'open',
  )
}

const toGoOn = ({ model, request }: Asked) => ({ model, request: { ...request, continues: true, seamless: true } })

/** How long it may take to its first token, when these could answer instead. */
function patienceWith({ load }: Cluster, { predictedMs }: Dispatch, others: readonly Cluster[]): number {
  const { slowness, spread, firstTokens: samples } = load
  return patienceMs(
    { predictedMs, slowness, spread, samples },
    others.some(other => other.load.firstTokens > 0),
  )
}

/** How often a silent cluster is thought about again. */
const lookAgainMs = 2_000
/**
 * Longest silence between two tokens: while another cluster could go on, what a reader bears, and longer than an engine
 * stops for others' prompts; else what may still come back.
 */
const shortSilenceMs = 5_000
const longSilenceMs = 20_000
