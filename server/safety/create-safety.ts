import { hash } from 'node:crypto'
import type { Clock, Log } from '#kit'
import { createGuard, type GuardOptions } from './guard.ts'
import { createJudge, type Judged, type SafetyMetrics } from './judge.ts'
import type { CategoryPolicy, Refusal } from './refusal.ts'
import { createReplyScreen, type ReplyScreen } from './reply-screen.ts'
import { createRules } from './rules.ts'

/** What is said of a text under the mission's interface. */
export interface Classification {
  readonly safe: boolean
  /** How unsafe, 0 to 1. */
  readonly score: number
  /** Worst first. */
  readonly categories: string[]
}

export interface Safety {
  /** Changes whenever a verdict could; part of what names a cached answer. */
  readonly policyVersion: string
  /** Judges a text by itself, as a message to a model. Rejects like `screenPrompt`. */
  classify(text: string, signal: AbortSignal): Promise<Classification>
  /**
   * Judges what a user sends, before anything is generated: their last few messages, the newest last, each and together.
   * Undefined: they may pass. Rejects with `overloaded` where the guard is down and its policy is to fail, and with the
   * signal's reason.
   */
  screenPrompt(userTexts: readonly string[], signal: AbortSignal): Promise<Refusal | undefined>
  /**
   * A screen for one reply; undefined when nothing could ever be found in it, and then it costs nothing. `onNews` is
   * called when `settle` may give something. `before` is the text that the reply goes on with: it was let go, and what it
   * began is not completed.
   */
  screenReply(onNews: () => void, before?: string): ReplyScreen | undefined
  close(): Promise<void>
}

export interface SafetyOptions {
  /** Phrases by their category. */
  readonly blocklist: ReadonlyMap<string, readonly string[]>
  /** By category; one that is not here is refused. */
  readonly categories: ReadonlyMap<string, CategoryPolicy>
  readonly guard: (GuardOptions & { readonly whenDown: 'fail' | 'pass' }) | undefined
  /** Of this instance: no reply may hold one. Those under sixteen characters are not looked for. */
  readonly secrets: readonly string[]
  readonly metrics: SafetyMetrics
  readonly clock: Clock
  readonly log: Log
}

export function createSafety(options: SafetyOptions): Safety {
  const { blocklist, categories, secrets, clock } = options
  const allowed = (category: string) => categories.get(category) === 'allow'
  const rules = createRules({
    blocklist: new Map([...blocklist].filter(([category]) => !allowed(category))),
    secrets,
  })
  const guard = options.guard && createGuard(options.guard, clock)
  const judge = createJudge({ ...options, guard, whenDown: options.guard?.whenDown ?? 'fail' })

  const hitsOf = (text: string) => {
    const reading = rules.read('without secrets')
    return reading === undefined ? [] : [...reading.push(text), ...reading.end()]
  }

  return {
    policyVersion: versionOf(options),
    async classify(text, signal) {
      const judged: Judged = { at: 'prompt', noted: new Set() }
      const hit = judge.judgeHits(hitsOf(text), judged)
      if (hit !== undefined) return { safe: false, score: 1, categories: [hit.category] }
      const refusal = await judge.askGuard(text, judged, signal)
      return refusal === undefined
        ? { safe: true, score: 0, categories: [] }
        : { safe: false, score: 1, categories: [refusal.category] }
    },
    async screenPrompt(userTexts, signal) {
      // Together they hold each of them, and what was spread over several.
      const together = userTexts.join('\n')
      const judged: Judged = { at: 'prompt', noted: new Set() }
      const hit = judge.judgeHits(hitsOf(together), judged)
      if (hit !== undefined) return hit.refusal
      // The newest alone, too: among much that is harmless a guard may miss what it would see by itself.
      const texts = userTexts.length > 1 ? [userTexts.at(-1) ?? '', together] : [together]
      const refusals = await Promise.all(texts.map(text => judge.askGuard(text, judged, signal)))
      return refusals.find(refusal => refusal !== undefined)
    },
    screenReply(onNews, before = '') {
      const reading = rules.read('with secrets')
      if (reading === undefined && guard === undefined) return undefined
      return createReplyScreen({ rules: reading, judge, guarded: guard !== undefined, before, onNews })
    },
    async close() {
      await guard?.close()
    },
  }
}

/** A hash over hashes, so that no secret can be found by trying. */
function versionOf({ blocklist, categories, guard, secrets }: SafetyOptions): string {
  const parts = [
    [...blocklist].toSorted(byName),
    [...categories].toSorted(byName),
    guard && [guard.url, guard.whenDown],
    secrets.map(secret => hash('sha256', secret)).toSorted(),
  ]
  return hash('sha256', JSON.stringify(parts), 'base64url')
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)
