import { Away, type Clock, type IdSource, type Log } from '#kit'
import type { AnswerKey } from './answer-key.ts'
import type { AnswerStore } from './answer-store.ts'
import { type ClaimOutcome, createClaims } from './claims.ts'
import type { KeptAnswer } from './kept-answer.ts'

/** Answers of equal prompts, kept for a while. No call rejects; a store that is away delays none by more than 100 ms. */
export interface PromptCache {
  /** The answer to an equal prompt. Undefined: there is none, or the store did not tell in time. */
  get(key: AnswerKey): Promise<KeptAnswer | undefined>
  /**
   * The answer that another process is just making, or the claim to make it, which must be released. Waits for that
   * answer for 2 s at most, and less when its maker gives up or dies; then, when `signal` aborts, or when the store is
   * away, the claim is granted though somebody else may hold it.
   */
  claim(key: AnswerKey, signal: AbortSignal): Promise<ClaimOutcome>
  /**
   * Keeps an answer for the time to live, as coming from this conversation; when that was forgotten, or the answer is
   * longer than 1 MiB, it is not kept.
   */
  put(key: AnswerKey, answer: KeptAnswer, conversationId: string): Promise<void>
  /**
   * From the call on no answer that came from this conversation is given to anybody by this process, also none whose
   * `put` is under way; from its end on by none. While the store is away, other processes learn of it once it is back:
   * this one remembers and tells it then. If this one dies before, they may give such an answer until it expires.
   */
  forget(conversationId: string): Promise<void>
  /** Ends within moments, also when the store is away. No call may follow. */
  close(): Promise<void>
}

export interface PromptCacheDeps {
  readonly store: AnswerStore
  readonly clock: Clock
  readonly log: Log
  readonly newId: IdSource
}

/** Longer answers are rare, and one of them would take the room of a thousand others. */
const mostAnswerBytes = 1_024 * 1_024

export function cacheOver({ store, clock, log, newId }: PromptCacheDeps): PromptCache {
  const claims = createClaims({ store, clock, log, newId })

  function unlessAway(error: unknown): undefined {
    if (!(error instanceof Away)) log.error({ error }, 'the prompt cache failed by a bug')
  }

  return {
    get: key => store.read(key).catch(unlessAway),
    claim: claims.claim,
    async put(key, answer, conversationId) {
      if (Buffer.byteLength(answer.content) > mostAnswerBytes) return
      await store.write(key, answer, conversationId).catch(unlessAway)
    },
    forget: store.forget,
    close() {
      claims.close()
      return store.close()
    },
  }
}
