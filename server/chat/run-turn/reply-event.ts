import type { GenerationEvent } from '#llm-router'
import type { KeptAnswer } from '#prompt-cache'
import type { Refusal } from '#safety'

/**
 * What a turn's pipeline carries: a generation's events, and what the stages around the router add to them. `kept`
 * stands first where the prompt cache answers; `refused` takes the place of all text so far, and only `end` follows.
 */
export type ReplyEvent =
  | GenerationEvent
  | ({ readonly type: 'kept' } & Pick<KeptAnswer, 'servedBy' | 'usage'>)
  | { readonly type: 'refused'; readonly message: 'question' | 'answer'; readonly refusal: Refusal }

export type TakeReply = (batch: readonly ReplyEvent[]) => void

/** Where an answer comes from. Resolves at its end; aborting ends it, and rejects with the signal's reason. */
export type ReplySource = (take: TakeReply, signal: AbortSignal) => Promise<void>
