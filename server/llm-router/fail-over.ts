import { type Clock, Fault, followAbort, type Log } from '#kit'
import { AttemptFailure } from './attempt-failure.ts'
import type { Cluster, Counts } from './cluster.ts'
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

export interface Generation {
  readonly model: ResolvedModel
  readonly request: GenerationRequest
  readonly take: TakeBatch
  readonly signal: AbortSignal
}

export interface FailOverDeps {
  /** Those that serve a model now. */
  readonly serving: (model: ResolvedModel) => readonly Cluster[]
  readonly pool: Pool
  readonly retries: RetryBudget
  readonly lengths: OutputLengths
  readonly hash: PromptHasher
  readonly clock: Clock
  readonly log: Log
}

const mostAttempts = 3

/**
 * Generates one answer, on one cluster after another until one begins it: before its first text a failure is invisible.
 * Behind it, a failure is the fault `generation_failed`. Throws the faults of `requireRoom`, too.
 */
export async function failOver(deps: FailOverDeps, generation: Generation): Promise<void> {
  const { clock, retries, lengths } = deps
  const { model, request, take, signal } = generation
  const demand = demandOf(deps.hash, model.serves, request.messages, lengths.expected(model.serves))
  const tried = new Set<Cluster>()
  const failures: AttemptFailure[] = []
  retries.requested(clock.elapsed())
  for (;;) {
    const choice = nextChoice(deps, model, demand, tried, failures)
    const { cluster } = choice
    if (failures.length > 0) take([{ type: 'given_up' }])
    tried.add(cluster)
    const untried = () => deps.serving(model).filter(other => !tried.has(other))
    const outcome = await attempt(deps, generation, demand, choice, untried)
    if (outcome === undefined) return
    const { failure, started } = outcome
    const { message: reason, kind } = failure
    deps.log.warn({ cluster: cluster.name, model: model.serves, kind, reason, started }, 'a generation failed')
    failures.push(failure)
    if (started || kind === 'bad_request' || !mayRetry(deps, failures)) throw faultOf(deps, model, cluster, failures)
    signal.throwIfAborted()
  }
}

/** Throws `model_unavailable` where no cluster serves the model, `overloaded` where those that do are full or busy. */
export function requireRoom(serving: readonly Cluster[], model: ResolvedModel, now: number): void {
  if (serving.length === 0) {
    throw new Fault('model_unavailable', `No cluster serves the model "${model.name}" right now.`, {
      retryAfterMs: 5_000,
    })
  }
  if (!serving.some(cluster => hasRoom(cluster, now))) throw overloaded(serving, model, now)
}

/** The first retry is free; a bound on those behind it keeps a fault that all clusters share from tripling the load. */
const mayRetry = ({ retries, clock }: FailOverDeps, { length: failed }: readonly AttemptFailure[]) =>
  failed < mostAttempts && (failed === 1 || retries.spend(clock.elapsed()))

function nextChoice(
  deps: FailOverDeps,
  model: ResolvedModel,
  demand: Demand,
  tried: ReadonlySet<Cluster>,
  failures: readonly AttemptFailure[],
): Scored<Cluster> {
  const now = deps.clock.elapsed()
  const serving = deps.serving(model)
  const last = failures.at(-1)
  const [before] = tried
  if (last === undefined || before === undefined) requireRoom(serving, model, now)
  const chosen = deps.pool.choose(
    serving.filter(cluster => !tried.has(cluster)),
    demand,
    now,
  )
  if (chosen !== undefined) return chosen
  if (last === undefined || before === undefined) throw overloaded(serving, model, now)
  // A kept connection may have been closed at the very moment it was used: that says nothing about the cluster.
  const again =
    last.kind === 'unreachable' && failures.length === 1 ? deps.pool.choose([before], demand, now) : undefined
  if (again !== undefined) return again
  throw faultOf(deps, model, before, failures)
}

/** Undefined when the cluster gave the whole answer. Throws what is no failure of the cluster: an abort, a bug. */
async function attempt(
  { clock, pool, lengths }: FailOverDeps,
  { model, request, take, signal }: Generation,
  demand: Demand,
  choice: Scored<Cluster>,
  untried: () => readonly Cluster[],
): Promise<{ readonly failure: AttemptFailure; readonly started: boolean } | undefined> {
  const { cluster } = choice
  const late = followAbort(signal)
  const startedAt = clock.elapsed()
  const dispatch = pool.dispatch(choice, demand, startedAt)
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
    take([{ type: 'dispatched', cluster: cluster.name, model: model.serves }])
    wait()
    counts = await cluster.generate({
      model: model.serves,
      request,
      take,
      onFirst() {
        started = true
        dispatch.firstToken(clock.elapsed())
        clearTimeout(timer)
      },
      signal: late.signal,
    })
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

/** How often a silent cluster is thought about again. */
const lookAgainMs = 2_000

function faultOf(
  { serving, clock }: FailOverDeps,
  model: ResolvedModel,
  { name }: Cluster,
  failures: readonly AttemptFailure[],
): Fault {
  if (failures.every(({ kind }) => kind === 'busy')) return overloaded(serving(model), model, clock.elapsed())
  return new Fault('generation_failed', `The cluster "${name}" failed while answering.`, { cause: failures.at(-1) })
}

function overloaded(serving: readonly Cluster[], model: ResolvedModel, now: number): Fault {
  // None is left where the cluster that was busy no longer lists the model.
  const waits = serving.length === 0 ? [fullMs] : serving.map(({ breaker }) => breaker.busyForMs(now) || fullMs)
  return new Fault('overloaded', `All clusters for the model "${model.name}" are busy.`, {
    retryAfterMs: Math.min(...waits),
  })
}

/** When a full cluster may have room again, for want of anything better to say. */
const fullMs = 2_000
