import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPrefixIndex } from './prefix-index.ts'

/** Blocks of a prompt of its own: chained hashes never meet those of others. */
const prompt = (number: number, length: number) => Array.from({ length }, (_, index) => number * 1_000 + index)

test('what was sent is known, and of a prompt that goes on from it, the part that was sent', () => {
  const index = createPrefixIndex(1_000, 500)
  index.add(prompt(1, 10))
  assert.equal(index.known(prompt(1, 10)), 10)
  assert.equal(index.known(prompt(1, 15)), 10)
  assert.equal(index.known(prompt(2, 15)), 0)
  assert.equal(index.known([]), 0)
})

test('what an attempt did not read is forgotten, and what was there before it stays', () => {
  const index = createPrefixIndex(1_000, 500)
  index.add(prompt(1, 10))
  index.add(prompt(1, 15))
  index.forget(prompt(1, 15), 10)
  assert.equal(index.known(prompt(1, 15)), 10)
})

test('what was used last stays, what was not used for long goes', () => {
  const index = createPrefixIndex(10_000, 100)
  index.add(prompt(0, 10))
  index.add(prompt(1, 10))
  for (let number = 2; number < 30; number++) {
    index.add(prompt(number, 10))
    index.add(prompt(0, 10))
  }
  assert.equal(index.known(prompt(0, 10)), 10)
  assert.equal(index.known(prompt(1, 10)), 0)
})

test('it never remembers more than it may', () => {
  const index = createPrefixIndex(100, 1_000)
  for (let number = 0; number < 100; number++) index.add(prompt(number, 10))
  const remembered = Array.from({ length: 100 }, (_, number) => index.known(prompt(number, 10)))
  assert.ok(remembered.reduce((sum, blocks) => sum + blocks, 0) <= 100)
  assert.equal(index.known(prompt(99, 10)), 10)
})

/** Sends each of so many prompts in turn, over and over, to an engine that keeps the last `kept` blocks. */
function talkTo(index: ReturnType<typeof createPrefixIndex>, kept: number, prompts: number, rounds: number): void {
  const length = 10
  for (let round = 0; round < rounds; round++) {
    for (let number = 0; number < prompts; number++) {
      const isThere = round > 0 && (prompts - 1) * length < kept
      index.learn(index.add(prompt(number, length)), isThere ? length : 0)
    }
  }
}

test('an engine that says it found nothing teaches how little it keeps', () => {
  const index = createPrefixIndex(10_000, 5_000)
  talkTo(index, 300, 50, 12)
  assert.ok(index.capacity < 600, `${index.capacity} blocks`)
  assert.equal(index.known(prompt(0, 10)), 0, 'the oldest is taken for gone')
  assert.equal(index.known(prompt(49, 10)), 10, 'the newest for there')
})

test('an engine that finds what was given up teaches that it keeps more', () => {
  const index = createPrefixIndex(10_000, 100)
  talkTo(index, 1_000, 50, 12)
  assert.equal(index.known(prompt(0, 10)), 10)
})
