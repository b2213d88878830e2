import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Candidate, chooseCluster } from './choose-cluster.ts'

const cluster = (name: string, candidate: Candidate) => ({ name, ...candidate })
const chosen = (...clusters: ReturnType<typeof cluster>[]) => chooseCluster(clusters)?.name

test('the lowest latency x (1 + load) wins', () => {
  const slowIdle = cluster('slow', { firstTokenMs: 300, inFlight: 0, capacity: 10 })
  const fastBusy = cluster('fast', { firstTokenMs: 200, inFlight: 4, capacity: 10 })
  assert.equal(chosen(slowIdle, fastBusy), 'fast') // 280 < 300
  assert.equal(chosen(slowIdle, { ...fastBusy, inFlight: 6 }), 'slow') // 320 > 300
})

test('a cluster without a sample is tried first, the emptier of two', () => {
  const known = cluster('known', { firstTokenMs: 1, inFlight: 0, capacity: 4 })
  const fresh = cluster('fresh', { firstTokenMs: 0, inFlight: 1, capacity: 4 })
  assert.equal(chosen(known, { ...fresh, name: 'fuller', inFlight: 2 }, fresh), 'fresh')
})

test('a full cluster is never chosen', () => {
  const full = cluster('full', { firstTokenMs: 1, inFlight: 4, capacity: 4 })
  assert.equal(chosen(full, cluster('slow', { firstTokenMs: 900, inFlight: 3, capacity: 4 })), 'slow')
  assert.equal(chosen(full), undefined)
})
