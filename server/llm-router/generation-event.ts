import type { FinishReason, Role } from '#protocol'
import type { ChoiceReasons } from './choice-reasons.ts'

export interface PromptMessage {
  readonly role: Role
  readonly content: string
}

export interface GenerationRequest {
  readonly messages: readonly PromptMessage[]
  /** Most tokens of the answer. */
  readonly maxTokens: number
  readonly temperature: number
  /** The last message is an answer that stopped early: the model is to go on where it ends. */
  readonly continues: boolean
  /** Of one that continues: only by a cluster that goes on by itself, not by one that has to be asked in words. */
  readonly seamless: boolean
}

/**
 * What a generation tells. `queued` while it waits in line, at most once a second. Then, once or more, `dispatched`, and behind each but the last, `given_up`: one cluster failed
 * before its first text and the next one is asked. In between, `waiting` at most once. Then `text`, `reasoning` and
 * `tool_call` in any number; `usage` at most once; `end` last. Or, instead of all of these: `too_long`. Between two texts
 * there may once be `went_on`, and the whole beginning behind it, from `dispatched` on: the texts before and behind it
 * are one. A stream that stops without `end` or `too_long` has thrown a fault: a cut answer never looks like a whole one.
 */
export type GenerationEvent =
  /** 1 is the next; the wait is a guess, and 0 while nothing is known. */
  | { readonly type: 'queued'; readonly position: number; readonly waitMs: number }
  | { readonly type: 'dispatched'; readonly cluster: string; readonly model: string; readonly reasons: ChoiceReasons }
  /** The cluster is late, and no other can take over: it may be loading the model. */
  | { readonly type: 'waiting' }
  | { readonly type: 'given_up' }
  /** The cluster failed behind its first text, and another one goes on from there. */
  | {
      readonly type: 'went_on'
      /** UTF-16 units of text before it. */
      readonly at: number
      /** What the cluster had read and said by our count, since it told none: a quarter of the prompt's bytes... */
      readonly inputTokens: number
      /** ... and the pieces that its text came in. */
      readonly outputTokens: number
    }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** A piece of a call: its index and id are always there, the name with the first piece, the arguments grow. */
  | {
      readonly type: 'tool_call'
      readonly index: number
      readonly id: string
      readonly name: string | undefined
      readonly arguments: string
    }
  /** Of all clusters that worked on the answer together. */
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

/** Takes what one read of a cluster's socket brought. Synchronous: nobody upstream ever waits for a reader. */
export type TakeBatch = (batch: readonly GenerationEvent[]) => void

/**
 * When an answer that has begun is read on. What comes meanwhile waits in the socket, so that one read brings more of it:
 * a read costs the same, however many tokens it brings.
 */
export interface ReadPace {
  /** Reads may be put off. Looked at after each. */
  readonly pressed: boolean
  /** Calls `read`, once, when it is time for the next. */
  later(read: () => void): void
}
