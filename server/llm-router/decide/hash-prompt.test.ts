import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockBytes, createPromptHasher } from './hash-prompt.ts'

const hash = createPromptHasher()
const text = Array.from({ length: 5_000 }, (_, index) => String.fromCharCode(97 + ((index * 7) % 26))).join('')

test('equal prompts have equal blocks, however they come in pieces', () => {
  const whole = hash('model', [text])
  const pieces = hash('model', [text.slice(0, 100), text.slice(100, 3_001), '', text.slice(3_001)])
  assert.deepEqual(pieces, whole)
  assert.equal(whole.bytes, 5_000)
  assert.equal(whole.blocks.length, Math.floor(5_000 / blockBytes))
})

test('prompts that begin alike share their blocks up to the first difference, and none behind it', () => {
  const one = hash('model', [text]).blocks
  const other = hash('model', [`${text.slice(0, 2 * blockBytes)}!${text.slice(2 * blockBytes + 1)}`]).blocks
  assert.deepEqual(other.slice(0, 2), one.slice(0, 2))
  for (let index = 2; index < one.length; index++) assert.notEqual(other[index], one[index])
})

test('what has another salt shares nothing', () => {
  const one = new Set(hash('one', [text]).blocks)
  assert.ok(hash('other', [text]).blocks.every(block => !one.has(block)))
})

test('bytes are counted as UTF-8, and a longer prompt than ever is no matter', () => {
  assert.equal(hash('model', ['ä€😀']).bytes, 9)
  const long = hash('model', ['€'.repeat(200_000)])
  assert.equal(long.bytes, 600_000)
  assert.equal(new Set(long.blocks).size, long.blocks.length)
})
