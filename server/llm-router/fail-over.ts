import { type Clock, Fault, followAbort, type Log } from '#kit'
import { AttemptFailure } from './attempt-failure.ts'
import { chooseCluster, hasRoom } from './choose-cluster.ts'
import type { Cluster } from './cluster.ts'
import type { GenerationRequest, TakeBatch } from './generation-event.ts'
import type { ResolvedModel } from './model-table.ts'
import { patienceMs } from './patience.ts'

export interface Generation {
  readonly model: ResolvedModel
  readonly request: GenerationRequest
  readonly take: TakeBatch
  readonly signal: AbortSignal
}

export interface FailOverDeps {
  /** Those that serve a model now. */
  readonly serving: (model: ResolvedModel) => readonly Cluster[]
  readonly clock: Clock
  readonly log: Log
}

const mostAttempts = 3

/**
 * Generates one answer, on one cluster after another until one begins it: before its first text a failure is invisible.
 * Behind it, a failure is the fault `generation_failed`. Throws the faults of `pickCluster`, too.
 */
export async function failOver(deps: FailOverDeps, generation: Generation): Promise<void> {
  const { model, take, signal } = generation
  const tried = new Set<Cluster>()
  const failures: AttemptFailure[] = []
  for (;;) {
    const cluster = nextCluster(deps.serving(model), model, tried, failures)
    if (failures.length > 0) take([{ type: 'given_up' }])
    tried.add(cluster)
    const untried = () => deps.serving(model).filter(other => !tried.has(other))
    const outcome = await attempt(deps, generation, cluster, untried)
    if (outcome === undefined) return
    const { failure, started } = outcome
    const { message: reason, kind } = failure
    deps.log.warn({ cluster: cluster.name, model: model.serves, kind, reason, started }, 'a generation failed')
    failures.push(failure)
    if (started || kind === 'bad_request' || failures.length === mostAttempts)
      throw faultOf(deps.serving(model), model, cluster, failures)
    signal.throwIfAborted()
  }
}

/** Throws `model_unavailable` where no cluster serves the model, `overloaded` where those that do are full or busy. */
export function pickCluster(serving: readonly Cluster[], model: ResolvedModel): Cluster {
  if (serving.length === 0) {
    throw new Fault('model_unavailable', `No cluster serves the model "${model.name}" right now.`, {
      retryAfterMs: 5_000,
    })
  }
  const cluster = chooseCluster(serving)
  if (cluster !== undefined) return cluster
  throw overloaded(serving, model)
}

function nextCluster(
  serving: readonly Cluster[],
  model: ResolvedModel,
  tried: ReadonlySet<Cluster>,
  failures: readonly AttemptFailure[],
): Cluster {
  const last = failures.at(-1)
  const [before] = tried
  if (last === undefined || before === undefined) return pickCluster(serving, model)
  const chosen = chooseCluster(serving.filter(cluster => !tried.has(cluster)))
  if (chosen !== undefined) return chosen
  // A kept connection may have been closed at the very moment it was used: that says nothing about the cluster.
  if (last.kind === 'unreachable' && failures.length === 1) return before
  throw faultOf(serving, model, before, failures)
}

/** Undefined when the cluster gave the whole answer. Throws what is no failure of the cluster: an abort, a bug. */
async function attempt(
  { clock }: FailOverDeps,
  { model, request, take, signal }: Generation,
  cluster: Cluster,
  untried: () => readonly Cluster[],
): Promise<{ readonly failure: AttemptFailure; readonly started: boolean } | undefined> {
  const late = followAbort(signal)
  const startedAt = clock.elapsed()
  let started = false
  let told = false
  let timer: NodeJS.Timeout | undefined

  /** What is known of the clusters changes while one waits, so the patience is reckoned anew each time it is over. */
  function wait(): void {
    const others = untried().filter(other => other.health.ready && hasRoom(other))
    const patience = others.length > 0 ? patienceMs(cluster, others) : model.firstTokenTimeoutMs
    const leftMs = startedAt + patience - clock.elapsed()
    if (leftMs <= 0) {
      late.abort(new AttemptFailure('silent', 'no token in time'))
      return
    }
    if (others.length === 0 && !told && clock.elapsed() - startedAt >= lookAgainMs) {
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

  take([{ type: 'dispatched', cluster: cluster.name, model: model.serves }])
  wait()
  try {
    await cluster.generate({
      model: model.serves,
      request,
      take,
      onFirst() {
        started = true
        clearTimeout(timer)
      },
      signal: late.signal,
    })
    return undefined
  } catch (failure) {
    if (!signal.aborted && failure instanceof AttemptFailure) return { failure, started }
    throw failure
  } finally {
    clearTimeout(timer)
    late.release()
  }
}

/** How often a silent cluster is thought about again. */
const lookAgainMs = 2_000

function faultOf(
  serving: readonly Cluster[],
  model: ResolvedModel,
  { name }: Cluster,
  failures: readonly AttemptFailure[],
): Fault {
  if (failures.every(({ kind }) => kind === 'busy')) return overloaded(serving, model)
  return new Fault('generation_failed', `The cluster "${name}" failed while answering.`, { cause: failures.at(-1) })
}

function overloaded(serving: readonly Cluster[], model: ResolvedModel): Fault {
  // None is left where the cluster that was busy no longer lists the model.
  const waits = serving.length === 0 ? [fullMs] : serving.map(({ health }) => health.busyForMs || fullMs)
  return new Fault('overloaded', `All clusters for the model "${model.name}" are busy.`, {
    retryAfterMs: Math.min(...waits),
  })
}

/** When a full cluster may have room again, for want of anything better to say. */
const fullMs = 2_000
