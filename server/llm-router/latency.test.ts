import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLatency } from './latency.ts'

function latencyOf(samples: readonly number[]) {
  const latency = createLatency()
  for (const ms of samples) latency.sample(ms)
  return latency
}

const times = (count: number, ...samples: readonly number[]) => Array.from({ length: count }, () => samples).flat()

test('before the first sample nothing is known, after it the sample is', () => {
  assert.deepEqual([createLatency().meanMs, createLatency().p99Ms], [0, undefined])
  const once = latencyOf([80])
  assert.deepEqual([once.meanMs, once.p99Ms], [80, 80])
})

test('steady times are foretold exactly', () => {
  const steady = latencyOf(times(50, 120))
  assert.deepEqual([steady.meanMs, steady.p99Ms], [120, 120])
})

test('a cluster that became slower is known as slow within twenty answers, whatever it was before', () => {
  const { meanMs } = latencyOf([...times(1_000, 100), ...times(20, 1_000)])
  assert.ok(meanMs > 950 && meanMs <= 1_000, `${meanMs}`)
})

test('the p99 lies above the mean by as much as the times vary', () => {
  const { meanMs, p99Ms = 0 } = latencyOf(times(500, 100, 300))
  // Standard deviation 100, but for the weight of the newest.
  assert.ok(meanMs > 150 && meanMs < 250, `mean ${meanMs}`)
  assert.ok(p99Ms - meanMs > 200 && p99Ms - meanMs < 260, `p99 ${p99Ms}`)
})
