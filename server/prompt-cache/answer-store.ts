import type { AnswerKey } from './answer-key.ts'
import type { KeptAnswer } from './kept-answer.ts'

/**
 * Where answers lie, each for the same time to live, and who is making one. Everything but `forget` and `close` rejects
 * with `Away` when the store does not answer; each call takes 100 ms at most.
 */
export interface AnswerStore {
  read(key: AnswerKey): Promise<KeptAnswer | undefined>
  /** Keeps the answer as coming from this conversation, unless that was forgotten; an older one of this key goes. */
  write(key: AnswerKey, answer: KeptAnswer, conversationId: string): Promise<void>
  /**
   * From its call on this process reads no answer of the conversation, also none whose write is under way; from its end
   * on no process does. When the store is away, its end for the others comes later: once the store is back. Never rejects.
   */
  forget(conversationId: string): Promise<void>
  /** Takes the lease on making an answer for `leaseMs`. False: somebody holds it. */
  acquire(key: AnswerKey, holder: string, leaseMs: number): Promise<boolean>
  /** The lease lasts `leaseMs` from now on. False: it is not this holder's any more. */
  renew(key: AnswerKey, holder: string, leaseMs: number): Promise<boolean>
  /** Ends the lease, if it is still this holder's. */
  release(key: AnswerKey, holder: string): Promise<void>
  /** Ends within moments, also when the store is away. Never rejects. */
  close(): Promise<void>
}
