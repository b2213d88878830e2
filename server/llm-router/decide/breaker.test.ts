import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBreaker } from './breaker.ts'

/** Waits are spread by chance; the middle is taken. */
const create = () => createBreaker(() => 0.5, -60_000)

test('one soft failure opens nothing, five in a row do', () => {
  const breaker = create()
  for (let count = 0; count < 4; count++) breaker.failed('broken', 0)
  assert.equal(breaker.state(0), 'closed')
  breaker.failed('broken', 0)
  assert.equal(breaker.state(0), 'open')
  assert.equal(breaker.hard, false)
})

test('an answer between them makes them no row', () => {
  const breaker = create()
  for (let count = 0; count < 20; count++) {
    if (count % 4 === 0) breaker.answered(count)
    else if (count < 4) breaker.failed('broken', count)
  }
  assert.equal(breaker.state(20), 'closed')
})

test('more than 15 % of twenty in half a minute open it, and the same over a longer time do not', () => {
  const fast = create()
  for (let count = 0; count < 20; count++) count % 5 === 0 ? fast.failed('broken', count) : fast.answered(count)
  fast.failed('broken', 20)
  assert.equal(fast.state(20), 'open')
  const slow = create()
  for (let count = 0; count < 20; count++)
    count % 5 === 0 ? slow.failed('broken', count * 10_000) : slow.answered(count * 10_000)
  slow.failed('broken', 200_000)
  assert.equal(slow.state(200_000), 'closed')
})

test('a refused connection or silence opens it at once', () => {
  for (const kind of ['unreachable', 'silent'] as const) {
    const breaker = create()
    breaker.failed(kind, 0)
    assert.equal(breaker.state(0), 'open')
    assert.equal(breaker.hard, true)
  }
})

test('after its rest one request may prove it well: an answer closes it, a failure doubles the rest', () => {
  const breaker = create()
  breaker.failed('unreachable', 0)
  assert.equal(breaker.restsForMs(0), 1_000)
  assert.equal(breaker.state(1_000), 'half_open')
  breaker.dispatched(1_000)
  assert.equal(breaker.state(1_000), 'open', 'one is enough')
  breaker.failed('unreachable', 1_010)
  assert.equal(breaker.restsForMs(1_010), 2_000)
  breaker.dispatched(3_010)
  breaker.answered(3_020)
  assert.equal(breaker.state(3_020), 'closed')
})

test('a proof that was aborted is made anew', () => {
  const breaker = create()
  breaker.failed('unreachable', 0)
  breaker.dispatched(1_000)
  breaker.released()
  assert.equal(breaker.state(1_000), 'half_open')
})

test('one that comes back gets a tenth of its work first, and all of it in at most half a minute', () => {
  const breaker = create()
  breaker.failed('unreachable', 0)
  breaker.dispatched(10_000)
  breaker.answered(10_000)
  assert.equal(breaker.share(10_000), 0.1)
  assert.ok(breaker.share(25_000) > 0.5)
  assert.equal(breaker.share(40_000), 1)
})

test('one that is busy is left alone for as long as it says, and has not failed', () => {
  const breaker = create()
  breaker.failed('busy', 0, 7_000)
  assert.equal(breaker.state(6_999), 'busy')
  assert.equal(breaker.state(7_000), 'closed')
  assert.equal(breaker.share(7_000), 1)
  breaker.failed('busy', 8_000, 3_600_000)
  assert.notEqual(breaker.state(68_000), 'busy', 'a minute at most')
})

test('a refused request says nothing about the cluster', () => {
  const breaker = create()
  for (let count = 0; count < 30; count++) breaker.failed('bad_request', count)
  assert.equal(breaker.state(30), 'closed')
})
