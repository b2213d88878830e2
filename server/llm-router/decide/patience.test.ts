import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patienceMs } from './patience.ts'

/** A cluster whose predictions have come true. */
const expected = (predictedMs: number, more: Partial<Parameters<typeof patienceMs>[0]> = {}) => ({
  predictedMs,
  slowness: 1,
  spread: 0,
  samples: 10,
  ...more,
})

test('a cluster has three times the p99 of what is predicted', () => {
  assert.equal(patienceMs(expected(4_000), true), 12_000)
  assert.equal(patienceMs(expected(1_000, { spread: 0.5 }), true), 3 * (1_000 + 2.33 * 500))
})

test('one that is slower than predicted lately is given as much more', () => {
  assert.equal(patienceMs(expected(1_000, { slowness: 4 }), true), 12_000)
  assert.equal(patienceMs(expected(4_000, { slowness: 0.2 }), true), 12_000, 'but never less than what was predicted')
})

test('never less than 2 s, never more than a minute', () => {
  assert.equal(patienceMs(expected(0), true), 2_000)
  assert.equal(patienceMs(expected(100), true), 2_000)
  assert.equal(patienceMs(expected(21_000), true), 60_000)
})

test('one without a past is measured by what is known of the others', () => {
  assert.equal(patienceMs(expected(3_000, { samples: 0 }), true), 9_000)
})

test('while no answer of any of them was seen, it is 10 s', () => {
  assert.equal(patienceMs(expected(50, { samples: 0 }), false), 10_000)
})
