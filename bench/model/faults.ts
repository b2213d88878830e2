import type { Answer } from './parley-chat.ts'

/**
 * What is wrong with an answer whatever was asked, as words behind "the fault is that"; undefined where nothing is. Some words that come three times
 * in a row are a loop, and one word that comes five times: "la la la" is a song.
 */
export function faultOf({ text, finishReason }: Answer): string | undefined {
  if (text.trim() === '') return 'it is empty'
  if (finishReason !== 'stop') return `it did not end by itself (${finishReason})`
  if (/<\||\|>|<s>|<\/s>|im_start|im_end|\uFFFD|\{[A-Z]+\}/.test(text)) return 'markup leaks'
  if (/^(user|assistant|system)\b/im.test(text)) return 'it speaks for somebody else'
  if (/\b(\w+(?:\W+\w+){1,7})(?:\W+\1\b){2}|\b(\w+)(?:\W+\2\b){4}/i.test(text)) return 'it goes round in a loop'
  return undefined
}

/** The same with the answer itself, for a reader to judge. */
export function faultToRead(answer: Answer): string | undefined {
  const fault = faultOf(answer)
  return fault && `${fault}: ${JSON.stringify(answer.text)}`
}

/** Whether an answer says what it is: a small model without a network. */
export const saysWhatItIs = (text: string): boolean => /\b(small|tiny) offline (model|demo)\b/i.test(text)

/** Lines of verse: those that hold letters. */
export const linesOf = (text: string): number => text.split('\n').filter(line => /\p{L}/u.test(line)).length
