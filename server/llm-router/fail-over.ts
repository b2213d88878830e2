import { type Clock, Fault, followAbort, type Log } from '#kit'
import { AttemptFailure } from './attempt-failure.ts'
import type { ChoiceReasons } from './choice-reasons.ts'
import type { Cluster, Counts } from './cluster.ts'
import type { Place, QueueTicket, Spent } from './decide/admission-queue.ts'
import type { Dispatch } from './decide/cluster-load.ts'
import type { Demand } from './decide/demand.ts'
import type { PromptHasher } from './decide/hash-prompt.ts'
import type { OutputLengths } from './decide/output-lengths.ts'
import { patienceMs } from './decide/patience.ts'
import type { Scored } from './decide/policy.ts'
import { hasRoom, type Pool } from './decide/pool.ts'
import type { RetryBudget } from './decide/retry-budget.ts'
import type { GenerationRequest, TakeBatch } from './generation-event.ts'
import type { ResolvedModel } from './model-table.ts'
import { demandOf } from './prompt-demand.ts'
import type { WaitingLine } from './waiting-line.ts'

export interface Generation {
  readonly model: ResolvedModel
  readonly ticket: QueueTicket
  readonly request: GenerationRequest
  readonly take: TakeBatch
  readonly signal: AbortSignal
}

export interface FailOverDeps {
  /** Those that serve a model now and may have this generation. */
  readonly serving: (model: ResolvedModel) => readonly Cluster[]
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

const mostAttempts = 3

/**
 * Generates one answer: waits in line until a cluster has room, then asks one after another until one begins it: before
 * its first text a failure is invisible. Behind it, a failure is the fault `generation_failed`. Throws
 * `model_unavailable` where no cluster has served the model for a while, and `overloaded` where all ask for a long pause.
 */
export async function failOver(deps: FailOverDeps, generation: Generation): Promise<void> {
  const { clock, retries, lengths, line } = deps
  const { model, request, take, signal, ticket } = generation
  const demand = demandOf(deps.hash, model.serves, request.messages, lengths.expected(model.serves))
  const tried = new Set<Cluster>()
  const failures: AttemptFailure[] = []
  let sent: Sent | undefined
  retries.requested(clock.elapsed())
  try {
    for (;;) {
      const choice = nextChoice(deps, model, demand, tried, failures)
      if (failures.length > 0) take([{ type: 'given_up' }])
      const untried = () => deps.serving(model).filter(other => !tried.has(other))
      sent =
        choice === undefined
          ? await inTurn(deps, generation, demand, failures.length)
          : send(deps, { choice, demand, candidates: untried().length, failures: failures.length, model })
      const { cluster } = sent.choice
      tried.add(cluster)
      const outcome = await attempt(deps, generation, sent, untried)
      if (outcome === undefined) return
      const { failure, started } = outcome
      const { message: reason, kind } = failure
      deps.log.warn({ cluster: cluster.name, model: model.serves, kind, reason, started }, 'a generation failed')
      failures.push(failure)
      if (started || kind === 'bad_request' || !mayRetry(deps, failures)) throw faultOf(deps, model, cluster, failures)
      signal.throwIfAborted()
      line.advance() // others may have the place it leaves
    }
  } finally {
    const now = clock.elapsed()
    ticket.ended(sent?.spent && { ...sent.spent, heldMs: now - sent.at }, now)
  }
}

/** The first retry is free; a bound on those behind it keeps a fault that all clusters share from tripling the load. */
const mayRetry = ({ retries, clock }: FailOverDeps, { length: failed }: readonly AttemptFailure[]) =>
  failed < mostAttempts && (failed === 1 || retries.spend(clock.elapsed()))

/** A request that counts as under way on its cluster. */
interface Sent {
  readonly choice: Scored<Cluster>
  readonly reasons: ChoiceReasons
  readonly dispatch: Dispatch
  readonly at: number
  /** From its first token on; a guess until it is whole. */
  spent: Omit<Spent, 'heldMs'> | undefined
}

/** What a request is sent for, and how it was chosen. */
interface Chosen {
  readonly choice: Scored<Cluster>
  readonly demand: Demand
  readonly model: ResolvedModel
  readonly candidates: number
  /** Before it. */
  readonly failures: number
}

function send({ pool, clock, policy }: FailOverDeps, chosen: Chosen): Sent {
  const { choice, demand, model, candidates, failures } = chosen
  const at = clock.elapsed()
  const reasons = reasonsOf(choice, policy, Math.max(1, candidates))
  choice.cluster.learned.decisions.add({ ...reasons, at: clock.now(), model: model.serves, attempt: failures + 1 })
  return { choice, reasons, dispatch: pool.dispatch(choice, demand, at), at, spent: undefined }
}

/** Undefined: it has to wait for its turn. */
function nextChoice(
  deps: FailOverDeps,
  model: ResolvedModel,
  demand: Demand,
  tried: Set<Cluster>,
  failures: readonly AttemptFailure[],
): Scored<Cluster> | undefined {
  const now = deps.clock.elapsed()
  const last = failures.at(-1)
  const [before] = tried
  if (last === undefined || before === undefined) return undefined
  const serving = deps.serving(model)
  const chosen = deps.pool.choose(
    serving.filter(cluster => !tried.has(cluster)),
    demand,
    now,
  )
  if (chosen !== undefined) return chosen
  // A kept connection may have been closed at the very moment it was used: that says nothing about the cluster.
  const again =
    last.kind === 'unreachable' && failures.length === 1 ? deps.pool.choose([before], demand, now) : undefined
  if (again !== undefined) return again
  const pauseMs = Math.min(...serving.map(({ breaker }) => breaker.busyForMs(now)))
  if (!failures.every(({ kind }) => kind === 'busy') || pauseMs > longestPauseMs)
    throw faultOf(deps, model, before, failures)
  tried.clear()
  return undefined
}

/** Waits in line, telling its place, until there is room on a cluster. */
async function inTurn(deps: FailOverDeps, generation: Generation, demand: Demand, failures: number): Promise<Sent> {
  const { clock, serving, line, pool } = deps
  const { model, request, take, signal, ticket } = generation
  let sent: Sent | undefined
  let servedAt = clock.elapsed()
  let told: { readonly position: number; readonly at: number } | undefined

  function onWait({ position, waitMs }: Place): void {
    const now = clock.elapsed()
    if (serving(model).length > 0) servedAt = now
    else if (now - servedAt >= longestUnservedMs) throw unavailable(model)
    if (told !== undefined && (told.position === position || now - told.at < tellEveryMs)) return
    told = { position, at: now }
    take([{ type: 'queued', position, waitMs: Math.round(waitMs) }])
  }

  const start = () => {
    const able = serving(model)
    const choice = pool.choose(able, demand, clock.elapsed())
    if (choice !== undefined) {
      sent = send(deps, { choice, demand, model, candidates: able.length, failures })
      return 'started'
    }
    return request.continues && request.seamless ? 'unfit' : 'full'
  }
  await line.untilStarted(ticket, { start, onWait }, signal)
  if (sent === undefined) throw new Error('a generation started without a cluster')
  return sent
}

/** Undefined when the cluster gave the whole answer. Throws what is no failure of the cluster: an abort, a bug. */
async function attempt(
  { clock, lengths }: FailOverDeps,
  { model, request, take, signal }: Generation,
  sent: Sent,
  untried: () => readonly Cluster[],
): Promise<{ readonly failure: AttemptFailure; readonly started: boolean } | undefined> {
  const { dispatch, reasons, at: startedAt } = sent
  const { cluster, uncachedTokens } = sent.choice
  const late = followAbort(signal)
  let counts: Counts | undefined
  let started = false
  let told = false
  let timer: NodeJS.Timeout | undefined

  function patience(others: readonly Cluster[]): number {
    if (others.length === 0) return model.firstTokenTimeoutMs
    const { slowness, spread, firstTokens } = cluster.load
    return patienceMs(
      { predictedMs: dispatch.predictedMs, slowness, spread, samples: firstTokens },
      others.some(({ load }) => load.firstTokens > 0),
    )
  }

  /** What is known of the clusters changes while one waits, so the patience is reckoned anew each time it is over. */
  function wait(): void {
    const now = clock.elapsed()
    const others = untried().filter(other => hasRoom(other, now) && other.breaker.state(now) !== 'open')
    const leftMs = startedAt + patience(others) - now
    if (leftMs <= 0) {
      late.abort(new AttemptFailure('silent', 'no token in time'))
      return
    }
    if (others.length === 0 && !told && now - startedAt >= lookAgainMs) {
      told = true
      try {
        take([{ type: 'waiting' }])
      } catch (error) {
        late.abort(error)
        return
      }
    }
    timer = setTimeout(wait, Math.min(leftMs, lookAgainMs))
  }

  try {
    take([{ type: 'dispatched', cluster: cluster.name, model: model.serves, reasons }])
    wait()
    counts = await cluster.generate({
      model: model.serves,
      request,
      take,
      onFirst() {
        started = true
        sent.spent = { uncachedInputTokens: uncachedTokens, outputTokens: lengths.expected(model.serves) }
        dispatch.firstToken(clock.elapsed())
        clearTimeout(timer)
      },
      signal: late.signal,
    })
    if (started) sent.spent = { uncachedInputTokens: uncachedTokens, outputTokens: counts.outputTokens }
    lengths.sample(model.serves, counts.outputTokens)
    return undefined
  } catch (failure) {
    if (!signal.aborted && failure instanceof AttemptFailure) return { failure, started }
    throw failure
  } finally {
    dispatch.end(clock.elapsed(), { failed: !started, ...counts })
    clearTimeout(timer)
    late.release()
  }
}

const reasonsOf = (choice: Scored<Cluster>, policy: string, candidates: number): ChoiceReasons => ({
  policy,
  candidates,
  score: choice.score,
  firstTokenMs: choice.firstTokenMs,
  uncachedTokens: choice.uncachedTokens,
  lateness: choice.lateness,
})

/** How often a silent cluster is thought about again. */
const lookAgainMs = 2_000
/** How often a place in line is told, at most. */
const tellEveryMs = 1_000
/** How long one waits for a cluster that serves its model: after a crash many have to be found anew. */
const longestUnservedMs = 15_000
/** How long one waits where every cluster asks for a pause. */
const longestPauseMs = 15_000

function faultOf(
  { serving, clock }: FailOverDeps,
  model: ResolvedModel,
  { name }: Cluster,
  failures: readonly AttemptFailure[],
): Fault {
  if (!failures.every(({ kind }) => kind === 'busy'))
    return new Fault('generation_failed', `The cluster "${name}" failed while answering.`, { cause: failures.at(-1) })
  const now = clock.elapsed()
  // None is left where the cluster that was busy no longer lists the model.
  const waits = serving(model).map(({ breaker }) => breaker.busyForMs(now) || fullMs)
  return new Fault('overloaded', `All clusters for the model "${model.name}" are busy.`, {
    retryAfterMs: Math.min(fullestMs, ...waits),
  })
}

export const unavailable = ({ name }: ResolvedModel): Fault =>
  new Fault('model_unavailable', `No cluster serves the model "${name}" right now.`, { retryAfterMs: 5_000 })

/** When a full cluster may have room again, for want of anything better to say; and the longest that is said. */
const fullMs = 2_000
const fullestMs = 60_000
