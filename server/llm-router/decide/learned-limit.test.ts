import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLearnedLimit } from './learned-limit.ts'

test('there is no limit until the cluster refuses one', () => {
  const learned = createLearnedLimit()
  for (let others = 0; others < 100; others++) learned.answered(others, 0)
  assert.equal(learned.limit, undefined)
})

test('a refusal brings it below what was under way, and those refused together count once', () => {
  const learned = createLearnedLimit()
  for (const others of [39, 38, 37, 36]) learned.refused(others, 0)
  assert.equal(learned.limit, 32)
  learned.refused(0, 0)
  assert.equal(learned.limit, 1)
})

test('it grows by one for each round of answers, only where it held others back, and faster after a while', () => {
  const learned = createLearnedLimit()
  learned.refused(10, 0)
  for (let answers = 0; answers < 20; answers++) learned.answered(3, 1_000)
  assert.equal(learned.limit, 9)
  for (let answers = 0; answers < 10; answers++) learned.answered(8, 1_000)
  assert.equal(learned.limit, 10)
  for (let answers = 0; answers < 10; answers++) learned.answered(30, 60_000)
  assert.equal(learned.limit, 20)
})
