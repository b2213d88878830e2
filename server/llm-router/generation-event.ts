import type { FinishReason, Role } from '#protocol'

export interface PromptMessage {
  readonly role: Role
  readonly content: string
}

export interface GenerationRequest {
  readonly messages: readonly PromptMessage[]
  /** Most tokens of the answer. */
  readonly maxTokens: number
  readonly temperature: number
}

/**
 * What a generation tells, in this order: `dispatched` once; then `text` and `reasoning` in any number; `usage` at most
 * once; `end` last. Or, instead of all after `dispatched`: `too_long`. A stream that stops without one of these two
 * has thrown a fault: a cut answer never looks like a whole one.
 */
export type GenerationEvent =
  | { readonly type: 'dispatched'; readonly cluster: string; readonly model: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | {
      readonly type: 'usage'
      readonly inputTokens: number
      /** Of the input, what the cluster had kept from earlier prompts. */
      readonly cachedTokens: number
      readonly outputTokens: number
    }
  | { readonly type: 'end'; readonly finishReason: FinishReason }
  /** The cluster counted the prompt and refused it. The counts are null where it did not tell them. */
  | { readonly type: 'too_long'; readonly promptTokens: number | null; readonly contextTokens: number | null }
