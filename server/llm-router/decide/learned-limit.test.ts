import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLearnedLimit } from './learned-limit.ts'

test('there is no limit until the cluster refuses one', () => {
  const learned = createLearnedLimit()
  for (let others = 0; others < 100; others++) learned.answered(others, 0)
  assert.equal(learned.limit, undefined)
})

test('a refusal brings it below what was under way; those refused together count once', () => {
  const learned = createLearnedLimit()
  for (let others = 39; others >= 0; others--) learned.refused(others, 0)
  assert.equal(learned.limit, 35)
  learned.refused(34, 2_000)
  assert.equal(learned.limit, 30)
})

test('a refusal with few under way has another reason', () => {
  const learned = createLearnedLimit()
  learned.refused(0, 0)
  assert.equal(learned.limit, undefined)
  learned.refused(20, 0)
  learned.refused(3, 5_000)
  assert.equal(learned.limit, 18)
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
