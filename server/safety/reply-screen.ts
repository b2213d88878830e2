import type { Judge } from './judge.ts'
import type { Refusal } from './refusal.ts'
import type { RuleHit, RuleReading } from './rules.ts'

/** One reply on its way to its reader; synchronous but for the end. After a refusal nothing is released any more. */
export interface ReplyScreen {
  /** Takes the next piece. Throws the fault of the guard's failure policy, as `settle` does. */
  push(text: string): Screened
  /** What may leave although no text came: after 100 ms of silence (the caller's timer), or after the guard spoke. */
  settle(): Screened
  /** No more text comes: all that is left, once it is judged. Rejects like `push`, and with the signal's reason. */
  end(signal: AbortSignal): Promise<Screened>
  /** Something is held back. */
  readonly holding: boolean
  /** The reply was cut or nobody wants it any more: drops the guard's request in flight. */
  close(): void
}

export interface Screened {
  readonly release: string
  readonly refusal: Refusal | undefined
}

export interface ReplyScreenDeps {
  readonly rules: RuleReading | undefined
  readonly judge: Judge
  /** There is a guard, which has its say, too. */
  readonly guarded: boolean
  /** Called when `settle` may give something. */
  readonly onNews: () => void
}

/** Text for one question to the guard, and what it sees again of the one before, so that no seam hides anything. */
const windowUnits = 400
const sharedUnits = 100
/** How far a reader may be ahead of the guard's verdict. */
const mostUnverified = 600

/**
 * Holds back no more than it must: the text from the beginning of what may yet become something blocked, and what is too
 * far ahead of the guard. Where nothing is suspicious, what was pushed is released as it is.
 */
export function createReplyScreen({ rules, judge, guarded, onNews }: ReplyScreenDeps): ReplyScreen {
  const closing = new AbortController()
  // Places are UTF-16 units from the reply's beginning; `kept` is the text from `keptFrom` to `length`.
  let kept = ''
  let keptFrom = 0
  let length = 0
  let released = 0
  let settledTo = 0
  let verified = guarded ? 0 : Number.POSITIVE_INFINITY
  let asking: Promise<void> | undefined
  let verdict: Refusal | undefined
  let failure: { readonly error: unknown } | undefined
  let refused = false

  function releaseTo(place: number): string {
    const to = Math.min(place, verified + mostUnverified, length)
    if (to <= released) return ''
    const text = kept.slice(released - keptFrom, to - keptFrom)
    released = to
    forget()
    return text
  }

  /** Keeps only what may still be released, or shown to the guard. */
  function forget(): void {
    const needed = guarded ? Math.min(released, Math.max(0, verified - sharedUnits)) : released
    if (needed === length) kept = ''
    else if (needed - keptFrom > mostUnverified) kept = kept.slice(needed - keptFrom)
    else return
    keptFrom = needed
  }

  function refuse(refusal: Refusal, release: string): Screened {
    refused = true
    closing.abort()
    return { release, refusal }
  }

  function judgeHits(hits: readonly RuleHit[]): Screened | undefined {
    if (hits.length === 0) return undefined
    const hit = judge.judgeHits(hits, 'reply')
    return hit && refuse(hit.refusal, releaseTo(hit.start))
  }

  function heedGuard(): Screened | undefined {
    if (failure !== undefined) throw failure.error
    return verdict && refuse(verdict, '')
  }

  function askIfDue(): void {
    if (guarded && asking === undefined && length - verified >= windowUnits) asking = ask(cutBehindWord())
  }

  async function ask(to: number): Promise<void> {
    const from = Math.max(keptFrom, verified - sharedUnits)
    try {
      verdict = await judge.askGuard(kept.slice(from - keptFrom, to - keptFrom), 'reply', closing.signal)
      verified = to
    } catch (error) {
      failure = { error }
    }
    asking = undefined
    if (closing.signal.aborted) return
    if (verdict === undefined && failure === undefined) askIfDue()
    onNews()
  }

  /** The end of the last whole word, if that leaves enough to judge. */
  function cutBehindWord(): number {
    const place = keptFrom + kept.search(/\s\S*$/)
    return place - verified >= windowUnits / 2 ? place : length
  }

  return {
    push(text) {
      if (refused) return nothing
      // The usual case: no guard, nothing held, nothing suspicious.
      if (!guarded && released === length) {
        const hits = rules?.push(text) ?? []
        if (hits.length === 0 && (rules === undefined || rules.clearTo === length + text.length)) {
          length += text.length
          released = length
          keptFrom = length
          return { release: text, refusal: undefined }
        }
        kept = text
        keptFrom = length
        length += text.length
        return judgeHits(hits) ?? { release: releaseTo(rules?.clearTo ?? length), refusal: undefined }
      }
      kept += text
      length += text.length
      const screened = judgeHits(rules?.push(text) ?? []) ?? heedGuard()
      if (screened !== undefined) return screened
      askIfDue()
      return { release: releaseTo(Math.max(rules?.clearTo ?? length, settledTo)), refusal: undefined }
    },
    settle() {
      if (refused) return nothing
      const screened = heedGuard()
      if (screened !== undefined) return screened
      settledTo = length
      return { release: releaseTo(length), refusal: undefined }
    },
    async end(signal) {
      if (refused) return nothing
      const screened = judgeHits(rules?.end() ?? [])
      if (screened !== undefined) return screened
      const onAbort = () => closing.abort(signal.reason)
      signal.addEventListener('abort', onAbort)
      try {
        while (guarded && verified < length && verdict === undefined && failure === undefined) {
          asking ??= ask(length)
          await asking
          signal.throwIfAborted()
        }
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
      return heedGuard() ?? { release: releaseTo(length), refusal: undefined }
    },
    get holding() {
      return !refused && released < length
    },
    close: () => closing.abort(),
  }
}

const nothing: Screened = { release: '', refusal: undefined }
