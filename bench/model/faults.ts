import type { Answer } from './parley-chat.ts'

/** What is wrong with an answer whatever was asked: half a sentence; undefined where nothing is. */
export function faultOf({ text, finishReason }: Answer): string | undefined {
  if (text.trim() === '') return 'it is empty'
  if (finishReason !== 'stop') return `it did not end by itself (${finishReason})`
  if (/<\||\|>|<s>|<\/s>|im_start|im_end|\uFFFD|\{[A-Z]+\}/.test(text)) return 'markup leaks'
  if (/^(user|assistant|system)\b/im.test(text)) return 'it speaks for somebody else'
  if (/\b(\w+(?:\W+\w+){0,7})(?:\W+\1\b){2}/i.test(text)) return 'it goes round in a loop'
  return undefined
}

/** Whether an answer says what it is: a small model without a network. */
export const saysWhatItIs = (text: string): boolean => /\b(small|tiny) offline (model|demo)\b/i.test(text)

/** Lines of verse: those that hold letters. */
export const linesOf = (text: string): number => text.split('\n').filter(line => /\p{L}/u.test(line)).length
