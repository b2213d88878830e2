import { hash } from 'node:crypto'
import type { Role } from '#protocol'

/** What shapes an answer; two equal ones share it. */
export interface AnsweredPrompt {
  /** The id of the user who alone may get the answer; null: everybody of this instance may. */
  readonly owner: string | null
  /** As its clusters know it. */
  readonly model: string
  readonly parameters: {
    /** Most tokens of the answer. */
    readonly maxTokens: number
    readonly temperature: number
  }
  /** Changes with whatever else decides what an answer may say. */
  readonly policyVersion: string
  readonly messages: readonly { readonly role: Role; readonly content: string }[]
}

/** Names an answer; equal prompts, and only they, have equal keys. No prompt can be read from it. */
export type AnswerKey = string & { readonly [answerKeyBrand]: true }

declare const answerKeyBrand: unique symbol

/** Raised whenever the text that is hashed changes its form, so that no old answer is taken for a new prompt's. */
const format = 1

/**
 * The SHA-256, in base64url, of the prompt as one JSON array. Positions instead of names and JSON's escapes make that
 * text unambiguous: no content can look like a second message. A user's id, which only this instance knows, goes in
 * first, so that short prompts cannot be found by trying them.
 */
export function answerKey({ owner, model, parameters, policyVersion, messages }: AnsweredPrompt): AnswerKey {
  const text = JSON.stringify([
    format,
    owner,
    model,
    parameters.maxTokens,
    parameters.temperature,
    policyVersion,
    messages.map(({ role, content }) => [role, content]),
  ])
  return hash('sha256', text, 'base64url') as AnswerKey // the one place where the brand is given
}
