import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Candidate, chooseCluster } from './choose-cluster.ts'

const ready = { ready: true, busyForMs: 0, restsForMs: 0 }
const resting = (restsForMs: number) => ({ ready: false, busyForMs: 0, restsForMs })
const busy = (busyForMs: number) => ({ ready: false, busyForMs, restsForMs: busyForMs })

/** Idle and well unless told otherwise. */
const cluster = (name: string, meanMs: number, more: Partial<Candidate> = {}) => ({
  name,
  inFlight: 0,
  capacity: 10,
  latency: { meanMs },
  health: ready,
  ...more,
})
const chosen = (...clusters: ReturnType<typeof cluster>[]) => chooseCluster(clusters)?.name

test('the lowest latency x (1 + load) wins', () => {
  const idle = cluster('slow', 300)
  assert.equal(chosen(idle, cluster('fast', 200, { inFlight: 4 })), 'fast') // 280 < 300
  assert.equal(chosen(idle, cluster('fast', 200, { inFlight: 6 })), 'slow') // 320 > 300
})

test('where no capacity is known, each generation in flight counts as a full load', () => {
  const unknown = { capacity: undefined }
  assert.equal(chosen(cluster('slow', 300, unknown), cluster('fast', 100, { ...unknown, inFlight: 1 })), 'fast')
  assert.equal(chosen(cluster('slow', 300, unknown), cluster('fast', 100, { ...unknown, inFlight: 3 })), 'slow')
})

test('a cluster without a sample is tried first, the emptier of two', () => {
  assert.equal(chosen(cluster('known', 1), cluster('fuller', 0, { inFlight: 2 }), cluster('fresh', 0)), 'fresh')
})

test('a full cluster is never chosen', () => {
  const full = cluster('full', 1, { inFlight: 10 })
  assert.equal(chosen(full, cluster('slow', 900, { inFlight: 9 })), 'slow')
  assert.equal(chosen(full), undefined)
})

test('one that rests or proves itself gets no work while another is well, however slow that is', () => {
  assert.equal(chosen(cluster('resting', 1, { health: resting(10) }), cluster('slow', 9_000)), 'slow')
  assert.equal(chosen(cluster('proving', 1, { health: resting(0) }), cluster('slow', 9_000)), 'slow')
})

test('when none is well, the one nearest to its next try is taken, the emptier of two', () => {
  const far = cluster('far', 1, { health: resting(5_000) })
  const near = cluster('near', 900, { health: resting(200), inFlight: 1 })
  assert.equal(chosen(far, near), 'near')
  assert.equal(chosen(far, near, cluster('emptier', 900, { health: resting(200) })), 'emptier')
  assert.equal(chosen(cluster('full', 1, { health: resting(0), inFlight: 10 }), far), 'far')
})

test('a busy cluster is never chosen, not even when no other is left', () => {
  assert.equal(chosen(cluster('busy', 1, { health: busy(100) }), cluster('far', 1, { health: resting(60_000) })), 'far')
  assert.equal(chosen(cluster('busy', 1, { health: busy(100) })), undefined)
})
