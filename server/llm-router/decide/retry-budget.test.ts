import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRetryBudget } from './retry-budget.ts'

function spendAll(budget: ReturnType<typeof createRetryBudget>, now: number): number {
  let spent = 0
  while (spent < 10_000 && budget.spend(now)) spent += 1
  return spent
}

test('a tenth of the traffic may be tried again, and a few in any case', () => {
  const budget = createRetryBudget()
  assert.equal(spendAll(budget, 0), 3)
  const busy = createRetryBudget()
  for (let index = 0; index < 1_000; index++) busy.requested(index)
  const spent = spendAll(busy, 1_000)
  assert.ok(spent >= 95 && spent <= 105, `${spent}`)
})

test('what was spent is earned again with time, also without traffic', () => {
  const budget = createRetryBudget()
  spendAll(budget, 0)
  assert.equal(budget.spend(1_000), false)
  assert.equal(budget.spend(10_000), true)
})

test('traffic of long ago pays for nothing', () => {
  const budget = createRetryBudget()
  for (let index = 0; index < 1_000; index++) budget.requested(0)
  assert.ok(spendAll(budget, 120_000) <= 4)
})
