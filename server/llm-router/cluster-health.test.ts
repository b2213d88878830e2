import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClusterHealth } from './cluster-health.ts'

/** Health on a clock that the test moves. `random` in the middle: waits are as long as their figures say. */
function startHealth(random = () => 0.5) {
  let now = 1_000_000
  const health = createClusterHealth({ now: () => 0, elapsed: () => now }, random)
  return {
    health,
    pass(ms: number) {
      now += ms
    },
    /** One request that fails. */
    fail(...failure: Parameters<typeof health.failed>) {
      health.dispatched()
      health.failed(...failure)
    },
  }
}

/** How long it is out from now on, to the millisecond. */
function outForMs({ health, pass }: ReturnType<typeof startHealth>): number {
  for (let ms = 0; ms <= 100_000; ms++) {
    if (health.ready) return ms
    pass(1)
  }
  return Number.POSITIVE_INFINITY
}

test('a fresh cluster is ready, also for several at once', () => {
  const { health } = startHealth()
  for (let request = 0; request < 3; request++) {
    assert.ok(health.ready)
    health.dispatched()
  }
  assert.ok(health.ready)
})

test('each failure in a row doubles the rest, from a second up to a minute', () => {
  for (const kind of ['unreachable', 'broken', 'silent'] as const) {
    const one = startHealth()
    const rests = Array.from({ length: 8 }, () => {
      one.fail(kind)
      return outForMs(one)
    })
    assert.deepEqual(rests, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  }
})

test('rests are spread by a fifth to both sides, so that not all come back at once', () => {
  for (const [random, restMs] of [
    [0, 800],
    [1, 1_200],
  ] as const) {
    const one = startHealth(() => random)
    one.fail('broken')
    assert.equal(outForMs(one), restMs)
  }
})

test('after its rest it gets one request to prove itself, and all the others once that begins to answer', () => {
  const { health, pass, fail } = startHealth()
  fail('broken')
  pass(1_000)
  assert.ok(health.ready)
  health.dispatched()
  assert.ok(!health.ready, 'the proof is under way')
  health.answered()
  assert.ok(health.ready)
  fail('broken')
  assert.equal(health.restsForMs, 1_000, 'what was before is forgotten')
})

test('a proof that was aborted says nothing: the next request is the proof', () => {
  const { health, pass, fail } = startHealth()
  fail('broken')
  pass(1_000)
  health.dispatched()
  health.released()
  assert.ok(health.ready)
  health.dispatched()
  assert.ok(!health.ready)
})

test('many that fail together are one failure', () => {
  const one = startHealth()
  for (let request = 0; request < 40; request++) one.health.dispatched()
  for (let request = 0; request < 40; request++) one.health.failed('unreachable')
  assert.equal(outForMs(one), 1_000)
})

test('a busy cluster is left alone for as long as it says, else 2 s, and nothing is wrong with it', () => {
  const one = startHealth()
  one.fail('busy', 7_000)
  assert.deepEqual([one.health.busyForMs, one.health.restsForMs], [7_000, 7_000])
  one.fail('busy', 1_000)
  assert.equal(one.health.busyForMs, 7_000, 'the longer word holds')
  assert.equal(outForMs(one), 7_000)
  one.fail('busy')
  assert.equal(outForMs(one), 2_000)
  one.health.dispatched()
  assert.ok(one.health.ready, 'it has nothing to prove')
})

test('a cluster that refuses our key rests for a minute', () => {
  const one = startHealth()
  one.fail('misconfigured')
  assert.equal(one.health.busyForMs, 0)
  assert.equal(outForMs(one), 60_000)
})

test('a request that no cluster would take says nothing about this one', () => {
  const { health, fail } = startHealth()
  fail('bad_request')
  assert.ok(health.ready)
})

test('one that a look finds unreachable is out until it is seen again or answers; only a change is told', () => {
  const { health } = startHealth()
  assert.equal(health.seen(true), false)
  assert.equal(health.seen(false), true)
  assert.equal(health.seen(false), false)
  assert.ok(!health.ready && health.restsForMs > 0)
  assert.equal(health.seen(true), true)
  assert.ok(health.ready)
  health.seen(false)
  health.answered()
  assert.ok(health.ready)
})

test('being seen does not cut a rest short', () => {
  const one = startHealth()
  one.fail('broken')
  one.health.seen(true)
  assert.equal(outForMs(one), 1_000)
})
