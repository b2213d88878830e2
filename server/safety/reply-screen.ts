import type { Judge, Judged } from './judge.ts'
import type { Refusal } from './refusal.ts'
import type { RuleHit, RuleReading } from './rules.ts'
import { wholeCharacters } from './whole-characters.ts'

/** One reply on its way to its reader; synchronous but for the end. After a refusal nothing is released any more. */
export interface ReplyScreen {
  /** Takes the next piece. Throws the fault of the guard's failure policy, as `settle` does. */
  push(text: string): Screened
  /**
   * What may leave although no text came: after 100 ms of silence (the caller's timer), or after the guard spoke. A silence
   * lets go the beginning of a phrase, but not a whole one that lacks the boundary behind it, nor half a secret.
   */
  settle(): Screened
  /** No more text comes: all that is left, once it is judged. Rejects like `push`, and with the signal's reason. */
  end(signal: AbortSignal): Promise<Screened>
  /** Whether something is held back. */
  isHolding(): boolean
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
  /** The text that the reply goes on with, judged and let go before. */
  readonly before: string
  /** Called when `settle` may give something. */
  readonly onNews: () => void
}

/** Text for one question to the guard, and what it sees again of the one before, so that no seam hides anything. */
const windowUnits = 400
const sharedUnits = 100
/** How far a reader may be ahead of the guard's verdict. */
const mostUnverified = 600
/**
 * Most text that waits for a phrase to go on; more is let go. Only white space and signs without width can stretch one so
 * far, and the memory of a reply has to end somewhere.
 */
const mostHeld = 8_192

/**
 * Holds back no more than it must: the text from the beginning of what may yet become something blocked, and what is too
 * far ahead of the guard. Where nothing is suspicious, what was pushed is released as it is.
 */
export function createReplyScreen({ rules, judge, guarded, before, onNews }: ReplyScreenDeps): ReplyScreen {
  const judged: Judged = { at: 'reply', noted: new Set() }
  const closing = guarded ? new AbortController() : undefined
  // Places are UTF-16 units from the beginning of what is read: `kept` is the text from `keptFrom` to `length`.
  let kept = before.slice(-mostHeld)
  let keptFrom = 0
  let length = kept.length
  let released = length
  let settledTo = 0
  let guardSpoke = false // since the last `settle`
  let verified = guarded ? length : Number.POSITIVE_INFINITY
  let asking: Promise<void> | undefined
  let verdict: Refusal | undefined
  let failure: { readonly error: unknown } | undefined
  let refused = false

  if (kept !== '') rules?.push(kept) // what it holds itself was judged when it was written
  forget()

  const whole = (place: number) => keptFrom + wholeCharacters(kept, place - keptFrom)

  function releaseTo(place: number): string {
    const to = whole(Math.min(place, verified + mostUnverified, length))
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
    closing?.abort()
    return { release, refusal }
  }

  function judgeHits(hits: readonly RuleHit[]): Screened | undefined {
    if (hits.length === 0) return undefined
    const hit = judge.judgeHits(hits, judged)
    return hit && refuse(hit.refusal, releaseTo(hit.clearTo))
  }

  function heedGuard(): Screened | undefined {
    if (failure !== undefined) throw failure.error
    return verdict && refuse(verdict, '')
  }

  function askIfDue(): void {
    if (closing !== undefined && asking === undefined && length - verified >= windowUnits)
      asking = ask(cutBehindWord(), closing.signal)
  }

  async function ask(to: number, signal: AbortSignal): Promise<void> {
    const from = whole(Math.max(keptFrom, verified - sharedUnits))
    try {
      verdict = await judge.askGuard(kept.slice(from - keptFrom, to - keptFrom), judged, signal)
      verified = to
    } catch (error) {
      failure = { error }
    }
    asking = undefined
    if (signal.aborted) return
    if (verdict === undefined && failure === undefined) askIfDue()
    guardSpoke = true
    onNews()
  }

  async function judgeRest(judging: AbortController, signal: AbortSignal): Promise<void> {
    const onAbort = () => judging.abort(signal.reason)
    signal.addEventListener('abort', onAbort)
    try {
      while (verified < length && verdict === undefined && failure === undefined) {
        asking ??= ask(length, judging.signal)
        await asking
        signal.throwIfAborted()
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
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
      const clearTo = rules?.clearTo ?? length
      if (length - clearTo > mostHeld) settledTo = length
      return { release: releaseTo(Math.max(clearTo, settledTo)), refusal: undefined }
    },
    settle() {
      if (refused) return nothing
      const screened = heedGuard()
      if (screened !== undefined) return screened
      // The guard's news are no silence: what may become a phrase goes on waiting.
      if (!guardSpoke) settledTo = Math.max(settledTo, rules?.graveFrom ?? length)
      guardSpoke = false
      return { release: releaseTo(Math.max(rules?.clearTo ?? length, settledTo)), refusal: undefined }
    },
    async end(signal) {
      if (refused) return nothing
      const screened = judgeHits(rules?.end() ?? [])
      if (screened !== undefined) return screened
      if (closing !== undefined) await judgeRest(closing, signal)
      return heedGuard() ?? { release: releaseTo(length), refusal: undefined }
    },
    isHolding: () => !refused && released < length,
    close: () => closing?.abort(),
  }
}

const nothing: Screened = { release: '', refusal: undefined }
