/**
 * The place, or the one before it where it would cut a surrogate pair: half a character is a broken text to whoever
 * encodes it.
 */
export const wholeCharacters = (text: string, place: number): number =>
  place < text.length && (text.charCodeAt(place - 1) & 0xfc00) === 0xd800 ? place - 1 : place
