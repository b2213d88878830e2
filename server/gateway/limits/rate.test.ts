import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHandClock } from './hand-clock.ts'
import { createRate } from './rate.ts'

test('the burst comes at once, then one unit an interval', () => {
  const clock = createHandClock()
  const rate = createRate({ perMinute: 20, burst: 5, clock })
  const first = Array.from({ length: 5 }, () => rate.spend('ada'))
  assert.deepEqual(
    first.map(({ allowed, remaining }) => [allowed, remaining]),
    [4, 3, 2, 1, 0].map(remaining => [true, remaining]),
  )
  assert.deepEqual(rate.spend('ada'), {
    allowed: false,
    limit: 5,
    remaining: 0,
    resetMs: 15_000,
    retryAfterMs: 3_000,
  })
  for (let minute = 0; minute < 20; minute++) {
    clock.pass(3_000)
    assert.equal(rate.spend('ada').allowed, true)
    assert.equal(rate.spend('ada').allowed, false)
  }
})

test('a unit is there at its moment and not a millisecond before, whatever fraction the clock shows', () => {
  for (let start = 0; start < 1e6; start += 997.123456789) {
    const clock = createHandClock(start)
    const rate = createRate({ perMinute: 20, burst: 1, clock })
    rate.spend('ada')
    assert.equal(rate.spend('ada').retryAfterMs, 3_000)
    clock.pass(2_999)
    assert.equal(rate.spend('ada').retryAfterMs, 1)
    clock.pass(1)
    assert.equal(rate.spend('ada').allowed, true)
  }
})

test('a long rest earns the burst and no more', () => {
  const clock = createHandClock()
  const rate = createRate({ perMinute: 60, burst: 3, clock })
  rate.spend('ada')
  clock.pass(3_600_000)
  for (let count = 0; count < 3; count++) assert.equal(rate.spend('ada').remaining, 2 - count)
  assert.equal(rate.spend('ada').allowed, false)
})

test('a refusal costs nothing, and peeking neither', () => {
  const clock = createHandClock()
  const rate = createRate({ perMinute: 60, burst: 2, clock })
  assert.equal(rate.spend('ada', 2).allowed, true)
  for (let again = 0; again < 100; again++) assert.equal(rate.spend('ada').allowed || rate.peek('ada').allowed, false)
  clock.pass(1_000)
  assert.equal(rate.peek('ada').allowed, true)
  assert.equal(rate.spend('ada').allowed, true)
})

test('a cost above the burst passes after a full rest and is paid off at the rate', () => {
  const clock = createHandClock()
  const rate = createRate({ perMinute: 60, burst: 5, clock })
  rate.spend('ada')
  assert.equal(rate.spend('ada', 20).retryAfterMs, 1_000)
  clock.pass(1_000)
  assert.equal(rate.spend('ada', 20).allowed, true)
  assert.equal(rate.spend('ada').retryAfterMs, 16_000)
})

test('a charge goes into debt, also from debt, and nothing is allowed until it is paid', () => {
  const clock = createHandClock()
  const rate = createRate({ perMinute: 60_000, burst: 60_000, clock })
  rate.charge('ada', 60_000)
  rate.charge('ada', 30_000)
  assert.deepEqual([rate.peek('ada').remaining, rate.peek('ada').retryAfterMs], [0, 30_001])
  clock.pass(30_000)
  assert.equal(rate.peek('ada').allowed, false)
  clock.pass(1)
  assert.equal(rate.spend('ada').allowed, true)
})

test('keys know nothing of each other', () => {
  const rate = createRate({ perMinute: 1, burst: 1, clock: createHandClock() })
  rate.charge('ada', 1_000)
  assert.equal(rate.spend('bob').allowed, true)
  assert.equal(rate.spend('__proto__').allowed, true)
  assert.equal(rate.spend('').allowed, true)
})

test('zero a minute is no limit', () => {
  const rate = createRate({ perMinute: 0, burst: 0, clock: createHandClock() })
  rate.charge('ada', 1e9)
  for (let again = 0; again < 1_000; again++) assert.equal(rate.spend('ada', 1e9).allowed, true)
  assert.equal(rate.size, 0)
})

test('a clock that stands still or jumps back gives nothing away and locks nobody out', () => {
  const clock = createHandClock(1e6)
  const rate = createRate({ perMinute: 60, burst: 2, clock })
  assert.equal(rate.spend('ada', 2).allowed, true)
  assert.equal(rate.spend('ada').allowed, false)
  clock.pass(-500_000)
  assert.equal(rate.spend('ada').retryAfterMs, 1_000)
  clock.pass(1_000)
  assert.equal(rate.spend('ada').allowed, true)
})

test('a cost that is no positive number is none', () => {
  const rate = createRate({ perMinute: 60, burst: 2, clock: createHandClock() })
  for (const cost of [Number.NaN, -5, 0, Number.POSITIVE_INFINITY]) {
    rate.charge('ada', cost)
    assert.equal(rate.spend('ada', cost).remaining, 2)
  }
})
