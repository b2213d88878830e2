/** What happens to a text of a category: it passes, passes with a note for the operator, is refused, or is met with help. */
export type CategoryPolicy = 'allow' | 'flag' | 'refuse' | 'support'

export type Place = 'prompt' | 'reply'

/** What is said in place of a refused text, and why. */
export interface Refusal {
  readonly category: string
  readonly text: string
  /** Who judged. */
  readonly stage: 'rules' | 'guard'
}

/** The mission's words for a question and for an answer. */
const refusals: Readonly<Record<Place, string>> = {
  prompt: 'I cannot respond to that request.',
  reply: "I'm not able to provide that type of response.",
}

/** No number of a helpline: it would be wrong in most countries. */
const support = `I'm really glad you told me, and I'm sorry that it hurts so much right now. You don't have to go through this alone.

If you might act on these thoughts, please call your local emergency number now, or go to the nearest emergency room. At findahelpline.com you find people to talk to, by phone or chat, in your country, for free. And if there is somebody you trust, tell them today how you feel, just as you told me.`

/** For a text of this category; undefined where its policy lets it pass. */
export function refusalOf(
  category: string,
  policy: CategoryPolicy,
  stage: Refusal['stage'],
  at: Place,
): Refusal | undefined {
  if (policy === 'allow' || policy === 'flag') return undefined
  return { category, stage, text: policy === 'support' ? support : refusals[at] }
}
