/**
 * Characters that reorder what stands after them: embeddings, overrides and isolates. They can make code or a link read
 * as something else than it is. The plain marks (LRM, RLM, ALM) only affect their neighbours and are left to prose.
 */
const reordering = /[\u202a-\u202e\u2066-\u2069]/g
const invisible = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** The text without characters that reorder. */
export function withoutBidiControls(text: string): string {
  return text.replace(reordering, '')
}

/** The text with each bidirectional character spelt out, as in `[U+202E]`: code must show all that is in it. */
export function revealBidiControls(text: string): string {
  return text.replace(
    invisible,
    character => `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
  )
}
