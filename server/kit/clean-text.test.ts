import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanText, createTextCleaner } from './clean-text.ts'

const samples = [
  'plain',
  'a\0b',
  '\ud83d\ude00',
  '\ud83d',
  '\ude00',
  'x\ud83d\0\ude00y',
  '\ud83d\ud83d\ude00',
  'ü日本\0語',
  '',
]

test('a cleaned text holds no U+0000 and no lone surrogate, and is otherwise unchanged', () => {
  for (const sample of samples) {
    const clean = cleanText(sample)
    assert.ok(clean.isWellFormed())
    assert.ok(!clean.includes('\0'))
  }
  assert.equal(cleanText('x\0\ud83d\ude00 \ud83dy'), 'x\ud83d\ude00 \ufffdy')
})

test('a text cleaned in pieces, cut anywhere, equals the text cleaned whole', () => {
  for (const sample of samples) {
    for (let first = 0; first <= sample.length; first++) {
      for (let second = first; second <= sample.length; second++) {
        const cleaner = createTextCleaner()
        const pieces = [sample.slice(0, first), sample.slice(first, second), sample.slice(second)]
        const cleaned = pieces.map(piece => cleaner.push(piece)).join('') + cleaner.end()
        assert.equal(cleaned, cleanText(sample))
      }
    }
  }
})
