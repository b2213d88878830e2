import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCaution } from './caution.ts'

const minute = 60_000

test('it begins careful, and trusts predictions the more the more of them come true', () => {
  const caution = createCaution()
  assert.equal(caution.share(0), 0.6)
  for (let second = 0; second < 1_000; second++) caution.kept(0.5, second * 1_000)
  assert.equal(caution.share(1_000_000), 1)
})

test('each late one makes it more careful, but never refuses everybody', () => {
  const caution = createCaution()
  for (let second = 0; second < 3; second++) caution.kept(1.2, second * 2_000)
  assert.ok(caution.share(4_000) < 0.35)
  for (let second = 3; second < 100; second++) caution.kept(1.2, second * 2_000)
  assert.ok(caution.share(200_000) >= 0.1)
})

test('an outage, which makes many late at once, counts once, and is forgotten', () => {
  const caution = createCaution()
  for (let late = 0; late < 50; late++) caution.kept(8, late)
  assert.ok(caution.share(50) > 0.49)
  assert.ok(caution.share(20 * minute) > 0.59)
})
