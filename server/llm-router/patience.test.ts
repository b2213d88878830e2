import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patienceMs } from './patience.ts'

const timed = (p99Ms: number | undefined) => ({ latency: { p99Ms } })

test('a cluster has three times the p99 of its own past, however fast others are', () => {
  assert.equal(patienceMs(timed(4_000), [timed(50)]), 12_000)
})

test('never less than 2 s, never more than a minute', () => {
  assert.equal(patienceMs(timed(0), [timed(50)]), 2_000)
  assert.equal(patienceMs(timed(100), [timed(50)]), 2_000)
  assert.equal(patienceMs(timed(21_000), [timed(50)]), 60_000)
})

test('one without a past is measured by the slowest of the others', () => {
  assert.equal(patienceMs(timed(undefined), [timed(50), timed(3_000), timed(undefined)]), 9_000)
})

test('while no answer of any of them was seen, it is 10 s', () => {
  assert.equal(patienceMs(timed(undefined), [timed(undefined)]), 10_000)
})
