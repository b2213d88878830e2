import { Fault, type Log } from '#kit'
import { type Guard, GuardDown, type GuardVerdict } from './guard.ts'
import { type CategoryPolicy, type Place, type Refusal, refusalOf } from './refusal.ts'
import { type RuleHit, secretCategory } from './rules.ts'

/** Told of whatever was not simply let pass. */
export interface SafetyMetrics {
  verdictGiven(verdict: {
    readonly stage: 'rules' | 'guard'
    readonly at: Place
    readonly outcome: 'refuse' | 'flag' | 'guard_failed'
    readonly category: string
  }): void
}

/** A text that is judged, perhaps piece by piece. */
export interface Judged {
  readonly at: Place
  /** Categories that were noted for it, so that each is noted once. */
  readonly noted: Set<string>
}

/** What follows from what a stage found: the policy of the category, and the failure policy of the guard. */
export interface Judge {
  /** The first hit that must be refused; of a prompt's rather one that is met with help, whatever else was found. */
  judgeHits(hits: readonly RuleHit[], judged: Judged): (RuleHit & { readonly refusal: Refusal }) | undefined
  /**
   * Asks the guard; undefined where the text may pass, also while there is no guard. Rejects with the fault of the
   * failure policy, and with the signal's reason.
   */
  askGuard(text: string, judged: Judged, signal: AbortSignal): Promise<Refusal | undefined>
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

  /** What becomes of a secret is not the operator's to choose. */
  const policyOf = (category: string): CategoryPolicy =>
    category === secretCategory ? 'refuse' : (categories.get(category) ?? 'refuse')
  const needsNoHelp = ({ category }: RuleHit) => Number(policyOf(category) !== 'support')

  function judge(category: string, stage: Refusal['stage'], { at, noted }: Judged): Refusal | undefined {
    const policy = policyOf(category)
    if (policy === 'allow' || (policy === 'flag' && noted.has(category))) return undefined
    noted.add(category)
    // What a guard makes up would be a label each.
    const label = stage === 'rules' || categories.has(category) ? category : 'other'
    metrics.verdictGiven({ stage, at, outcome: policy === 'flag' ? 'flag' : 'refuse', category: label })
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
    judgeHits(hits, judged) {
      const ordered = judged.at === 'prompt' ? hits.toSorted((a, b) => needsNoHelp(a) - needsNoHelp(b)) : hits
      for (const hit of ordered) {
        const refusal = judge(hit.category, 'rules', judged)
        if (refusal !== undefined) return { ...hit, refusal }
      }
      return undefined
    },
    async askGuard(text, judged, signal) {
      if (guard === undefined) return undefined
      let verdict: GuardVerdict
      try {
        verdict = await guard.classify(text, signal)
        tellDown(undefined)
      } catch (error) {
        if (!(error instanceof GuardDown)) throw error
        tellDown(error)
        metrics.verdictGiven({ stage: 'guard', at: judged.at, outcome: 'guard_failed', category: unnamed })
        if (whenDown === 'pass') return undefined
        throw new Fault('overloaded', 'The safety filter cannot be reached right now.', {
          retryAfterMs: 5_000,
          cause: error,
        })
      }
      if (verdict.safe) return undefined
      const categories = verdict.categories.length > 0 ? verdict.categories : [unnamed]
      for (const category of categories) {
        const refusal = judge(category, 'guard', judged)
        if (refusal !== undefined) return refusal
      }
      return undefined
    },
  }
}
