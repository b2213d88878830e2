/** The name of the stand-in cluster's model. */
export const standInModel = 'bench'

/** A token is a word and its space: 4.7 characters on average, about what tokenizers make of English. */
const tokens = 'the quick brown fox jumps over a lazy dog while we watch it run along the river bank and into town'
  .split(' ')
  .map(word => `${word} `)

/** The token at this place of every answer. ASCII that JSON does not escape, so its bytes are its characters. */
export const tokenAt = (place: number): string => tokens[place % tokens.length] ?? ''

/** Characters of a whole answer. */
export function answerCharacters(tokenCount: number): number {
  let characters = 0
  for (let place = 0; place < tokenCount; place++) characters += tokenAt(place).length
  return characters
}
