import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerText, answerTo, questionOf } from './answer-text.ts'

test('an answer is the same whenever its question is asked, and no other question has it', () => {
  const [first, second] = [questionOf('a', 1, 1), questionOf('a', 1, 2)]
  assert.equal(answerText(first), answerText(first))
  assert.notEqual(answerText(first), answerText(second))
})

test('answers have the length and the pace that were asked for, and characters of every kind', () => {
  const answers = Array.from({ length: 50 }, (_, client) => answerTo(questionOf('a', client, 1)))
  for (const { tokens, rate } of answers) {
    assert.ok(tokens.length >= 60 && tokens.length <= 200)
    assert.ok(rate >= 5 && rate <= 15)
  }
  assert.equal(answerTo(questionOf('a', 1, 1, { tokens: 600 })).tokens.length, 600)
  const { tokens: few, rate: pace } = answerTo(questionOf('a', 1, 1, { tokens: 70, rate: 5 }))
  assert.deepEqual([few.length, pace, answerTo(questionOf('a', 1, 1, { rate: 7 })).rate], [70, 5, 7])
  const all = answers.flatMap(({ tokens }) => tokens).join('')
  for (const kind of [/\n/, /[À-ÿ]/, /[\u3000-\u9fff]/, /\p{Emoji_Presentation}/u, /[\ud800-\udbff]/, /["\\]/])
    assert.match(all, kind)
})
