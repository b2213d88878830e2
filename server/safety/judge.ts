import { Fault, type Log } from '#kit'
import { type Guard, GuardDown, type GuardVerdict } from './guard.ts'
import { type CategoryPolicy, type Place, type Refusal, refusalOf } from './refusal.ts'
import type { RuleHit } from './rules.ts'

/** Told of whatever was not simply let pass. */
export interface SafetyMetrics {
  verdictGiven(verdict: {
    readonly stage: 'rules' | 'guard'
    readonly at: Place
    readonly outcome: 'refuse' | 'flag' | 'guard_failed'
    readonly category: string
  }): void
}

/** What follows from what a stage found: the policy of the category, and the failure policy of the guard. */
export interface Judge {
  /** The first hit that must be refused. */
  judgeHits(hits: readonly RuleHit[], at: Place): (RuleHit & { readonly refusal: Refusal }) | undefined
  /**
   * Asks the guard; undefined where the text may pass, also while there is no guard. Rejects with the fault of the
   * failure policy, and with the signal's reason.
   */
  askGuard(text: string, at: Place, signal: AbortSignal): Promise<Refusal | undefined>
}

export interface JudgeDeps {
  /** By category; one that is not here is refused. */
  readonly categories: ReadonlyMap<string, CategoryPolicy>
  readonly guard: Guard | undefined
  /** What becomes of a text that the guard cannot judge: its turn fails, or the rules' verdict stands alone. */
  readonly whenDown: 'fail' | 'pass'
  readonly metrics: SafetyMetrics
  readonly log: Log
}

/** The category of a text that a guard calls unsafe without saying why. */
const unnamed = 'unsafe'

export function createJudge({ categories, guard, whenDown, metrics, log }: JudgeDeps): Judge {
  let down = false

  function judge(category: string, stage: Refusal['stage'], at: Place): Refusal | undefined {
    const policy = categories.get(category) ?? 'refuse'
    if (policy === 'allow') return undefined
    metrics.verdictGiven({ stage, at, outcome: policy === 'flag' ? 'flag' : 'refuse', category })
    if (policy === 'flag') log.info({ category, stage, at }, 'a text was flagged')
    return refusalOf(category, policy, stage, at)
  }

  /** The log tells changes only; the metric counts each. */
  function tellDown(error: GuardDown | undefined): void {
    if (down === (error !== undefined)) return
    down = error !== undefined
    if (error !== undefined)
      log.warn({ reason: error.message, when_down: whenDown }, 'the safety guard gives no verdicts')
    else log.info({}, 'the safety guard gives verdicts again')
  }

  return {
    judgeHits(hits, at) {
      for (const hit of hits.toSorted((a, b) => a.start - b.start)) {
        const refusal = judge(hit.category, 'rules', at)
        if (refusal !== undefined) return { ...hit, refusal }
      }
      return undefined
    },
    async askGuard(text, at, signal) {
      if (guard === undefined) return undefined
      let verdict: GuardVerdict
      try {
        verdict = await guard.classify(text, signal)
        tellDown(undefined)
      } catch (error) {
        if (!(error instanceof GuardDown)) throw error
        tellDown(error)
        metrics.verdictGiven({ stage: 'guard', at, outcome: 'guard_failed', category: unnamed })
        if (whenDown === 'pass') return undefined
        throw new Fault('overloaded', 'The safety filter cannot be reached right now.', {
          retryAfterMs: 5_000,
          cause: error,
        })
      }
      if (verdict.safe) return undefined
      return judge(verdict.categories[0] ?? unnamed, 'guard', at)
    },
  }
}
