import { Fault } from '#kit'
import type { AttemptFailure } from './attempt-failure.ts'
import type { Cluster } from './cluster.ts'
import type { Scored } from './decide/policy.ts'
import type { FailOverDeps } from './fail-over.ts'
import type { Asked } from './send-in-turn.ts'

/** Whom one generation was sent to so far, and what became of it. */
export interface Tries {
  /** Not to be asked again before others were. */
  readonly tried: Set<Cluster>
  /** Those of them that failed, and were not busy. */
  readonly failed: Set<Cluster>
  readonly failures: AttemptFailure[]
  /** When the first was asked. */
  firstAt: number
}

const mostAttempts = 3
/** How long one waits where every cluster asks for a pause. */
const longestPauseMs = 15_000
/** And how long in all, where each time it is one's turn all are busy again. */
const longestBusyMs = 60_000

/**
 * The first retry is free; a bound on those behind it keeps a fault that all clusters share from tripling the load. One
 * that is busy has not failed: it is asked again in turn, for a while.
 */
export function mayRetry({ retries, clock }: FailOverDeps, { failures, firstAt }: Tries): boolean {
  if (failures.at(-1)?.kind === 'busy') return clock.elapsed() - firstAt < longestBusyMs
  const failed = failures.filter(({ kind }) => kind !== 'busy').length
  return failed < mostAttempts && (failed === 1 || retries.spend(clock.elapsed()))
}

/** Undefined: it has to wait for its turn. Throws where that would be in vain. */
export function nextChoice(
  deps: FailOverDeps,
  asked: Asked,
  { tried, failed, failures }: Tries,
): Scored<Cluster> | undefined {
  const { model, request, demand } = asked
  const now = deps.clock.elapsed()
  const last = failures.at(-1)
  const before = [...tried].at(-1)
  if (last === undefined || before === undefined) return undefined
  const serving = deps.serving(model, request)
  const chosen = deps.pool.choose(
    serving.filter(cluster => !tried.has(cluster)),
    demand,
    now,
  )
  if (chosen !== undefined) return chosen
  // Those that are well and have not failed it are full, or busy: they will have room.
  const able = serving.filter(cluster => !failed.has(cluster) && cluster.breaker.state(now) !== 'open')
  if (Math.min(...able.map(({ breaker }) => breaker.busyForMs(now))) <= longestPauseMs) {
    for (const cluster of able) tried.delete(cluster)
    return undefined
  }
  // A kept connection may have been closed at the very moment it was used: that says nothing about the cluster.
  const mayAgain = last.kind === 'unreachable' && failures.length === 1 && serving.includes(before)
  const again = mayAgain ? deps.pool.choose([before], demand, now) : undefined
  if (again === undefined) throw faultOf(deps, asked, before, failures)
  return again
}

/** What the user is told of these failures, the last of them by this cluster. */
export function faultOf(
  { serving, clock }: FailOverDeps,
  { model, request }: Asked,
  { name }: Cluster,
  failures: readonly AttemptFailure[],
): Fault {
  if (!failures.every(({ kind }) => kind === 'busy'))
    return new Fault('generation_failed', `The cluster "${name}" failed while answering.`, { cause: failures.at(-1) })
  const now = clock.elapsed()
  // None is left where the cluster that was busy no longer lists the model.
  const waits = serving(model, request).map(({ breaker }) => breaker.busyForMs(now) || fullMs)
  return new Fault('overloaded', `All clusters for the model "${model.name}" are busy.`, {
    retryAfterMs: Math.min(fullestMs, ...waits),
  })
}

/** When a full cluster may have room again, for want of anything better to say; and the longest that is said. */
const fullMs = 2_000
const fullestMs = 60_000
