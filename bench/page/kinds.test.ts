import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerText, cyclesIn, kinds } from './kinds.ts'

test('every part of an answer holds the same text, but for the numbers of its marks', () => {
  for (const kind of kinds) {
    const cycles = cyclesIn(kind, 1_000)
    const { tokens, marks } = answerText(kind, 5 * cycles)
    const marksPerPart = marks.length / 5
    const begins = [0, 1, 2, 3, 4].map(part => (marks[part * marksPerPart] ?? 0) - 1)
    const parts = begins.slice(1).map((end, part) => tokens.slice(begins[part], end).join(''))
    const [first, ...further] = parts.map(text => text.replaceAll(/mark\d{5}/g, '@'))
    for (const text of further) assert.equal(text, first, kind.name)
  }
})

test('a mark says how many tokens there are up to it', () => {
  for (const kind of kinds) {
    const { tokens, marks } = answerText(kind, 9)
    for (const mark of marks) assert.match(tokens[mark - 1] ?? '', new RegExp(`mark0*${mark}(\\D|$)`), kind.name)
  }
})
