import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHandClock } from './hand-clock.ts'
import { createRate } from './rate.ts'

test('who waits as told is let in, at any rate, burst, cost and time', () => {
  const random = seeded(7)
  for (let round = 0; round < 2_000; round++) {
    const clock = createHandClock(random() * 10 ** (random() * 11))
    const burst = Math.ceil(random() * 50)
    const rate = createRate({ perMinute: 1 + random() * 10 ** (random() * 6), burst, clock })
    for (let turn = 0; turn < 20; turn++) {
      const cost = Math.ceil(random() * burst * 1.5)
      const { allowed, retryAfterMs, resetMs } = rate.spend('ada', cost)
      assert.equal(retryAfterMs > 0, !allowed)
      if (random() < 0.2) rate.charge('bob', cost)
      if (!allowed) {
        assert.ok(retryAfterMs <= resetMs)
        if (retryAfterMs > 2) {
          clock.pass(retryAfterMs - 2)
          assert.equal(rate.spend('ada', cost).allowed, false, 'not told to wait longer than needed')
          clock.pass(2)
        } else clock.pass(retryAfterMs)
        assert.equal(rate.spend('ada', cost).allowed, true)
      }
      if (random() < 0.3) clock.pass(random() * 1_000)
    }
    clock.pass(rate.peek('ada').resetMs)
    assert.equal(rate.peek('ada').remaining, burst)
  }
})

test('over any span no more passes than the burst and the even rate', () => {
  const clock = createHandClock()
  const random = seeded(11)
  const rate = createRate({ perMinute: 7, burst: 3, clock })
  let passed = 0
  for (let tries = 0; tries < 100_000; tries++) {
    clock.pass(random() * 3_000)
    if (rate.spend('ada').allowed) passed++
    assert.ok(passed <= 3 + (clock.elapsed() * 7) / 60_000 + 1e-6)
  }
  assert.ok(passed > (clock.elapsed() * 7) / 60_000 - 3, 'and hardly less')
})

test('memory is bounded over a million keys, at once and over time', () => {
  const clock = createHandClock()
  const rate = createRate({ perMinute: 20, burst: 10, clock })
  for (let user = 0; user < 1_000_000; user++) rate.spend(`at-once-${user}`)
  assert.equal(rate.size, 100_000)
  rate.charge('debtor', 10_000)
  for (let user = 0; user < 1_000_000; user++) {
    clock.pass(1) // each is rested after 3 s, so that at most 3,000 are not
    rate.spend(`over-time-${user}`)
  }
  assert.ok(rate.size <= 6_002, `${rate.size} keys are held`)
  assert.equal(rate.peek('debtor').allowed, false, 'a debt is not forgotten for others that come and go')
})

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
