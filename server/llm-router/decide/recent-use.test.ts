import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRecentUse, tokensOf } from './recent-use.ts'

test('what a user had halves every minute; a token of an answer counts twice', () => {
  const use = createRecentUse()
  use.add('ada', tokensOf(100, 50), 0)
  assert.equal(use.of('ada', 0), 200)
  assert.equal(use.of('ada', 60_000), 100)
  use.add('ada', 100, 60_000)
  assert.equal(use.of('ada', 120_000), 100)
  assert.equal(use.of('bob', 120_000), 0)
})

test('less than was counted before is taken back, but never more than there is', () => {
  const use = createRecentUse()
  use.add('ada', 100, 0)
  use.add('ada', -30, 0)
  assert.equal(use.of('ada', 0), 70)
  use.add('ada', -100, 0)
  assert.equal(use.of('ada', 0), 0)
})

test('a lift never lowers', () => {
  const use = createRecentUse()
  use.lift('ada', 50, 0)
  use.lift('ada', 20, 0)
  assert.equal(use.of('ada', 0), 50)
})
