import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '#store'
import { quietLog } from '../../test/support/database.ts'
import { createReaderTick } from './reader-tick.ts'
import { createWorkerLease } from './worker-lease.ts'

const leaseMs = 8_000

/** A lease whose clock and database are in the test's hands. */
function newLease() {
  let now = 0
  let answer: () => Promise<boolean> = async () => true
  const told: number[] = []
  const workers: Pick<Store['workers'], 'renew' | 'leave'> = {
    renew: async () => ({ held: await answer(), others: 2 }),
    leave: async () => {},
  }
  const clock = { now: () => now, elapsed: () => now }
  return {
    lease: createWorkerLease({
      store: { workers },
      workerId: 'w',
      release: 'test',
      leaseMs,
      alone: false,
      onLive: processes => void told.push(processes),
      clock,
      log: quietLog,
    }),
    told,
    at(ms: number) {
      now = ms
    },
    answers(by: () => Promise<boolean>) {
      answer = by
    },
  }
}

const away = () => Promise.reject(new Error('away'))

test('a lease that ran out before its renewal was answered has lapsed, and who could not be told is told later', async () => {
  const { lease, at, answers } = newLease()
  const tick = createReaderTick(
    () => lease.current,
    () => 0,
  )
  await lease.take('')
  answers(away)
  at(6_000)
  await lease.renew()
  const answered = Promise.withResolvers<boolean>()
  answers(() => answered.promise)
  at(leaseMs - 100)
  const renewing = lease.renew()
  at(leaseMs)
  let told = false
  tick.soon(() => {
    told = true
  }, true)
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual([lease.current, told], [false, false])
  at(leaseMs + 100)
  answered.resolve(true)
  await renewing
  assert.deepEqual([lease.lapsed, lease.current, lease.heldForMs()], [true, false, 0])
  lease.confirm()
  tick.release()
  assert.ok(told)
  tick.stop()
})

test('a lease that is renewed in time does not lapse, though a renewal fails in between', async () => {
  const { lease, at, answers } = newLease()
  await lease.take('')
  answers(away)
  at(2_000)
  await lease.renew()
  assert.equal(lease.heldForMs(), undefined)
  answers(async () => true)
  at(4_000)
  await lease.renew()
  at(5_000)
  assert.deepEqual([lease.lapsed, lease.current, lease.heldForMs()], [false, true, 1_000])
})

test('a lease that the database had let run out has lapsed, though the clock of a sleeping machine stood still', async () => {
  const { lease, at, answers } = newLease()
  await lease.take('')
  at(2_000)
  answers(async () => false)
  await lease.renew()
  assert.deepEqual([lease.lapsed, lease.current, lease.heldForMs()], [true, false, 0])
  answers(async () => true)
  at(4_000)
  await lease.renew()
  assert.equal(lease.current, false, 'until it is known what others took over')
  lease.confirm()
  assert.deepEqual([lease.current, lease.heldForMs()], [true, 2_000])
})

test('each renewal that succeeds tells how many processes live, this one among them', async () => {
  const { lease, answers, told } = newLease()
  await lease.take('')
  answers(away)
  await lease.renew()
  assert.deepEqual(told, [3])
  answers(async () => true)
  await lease.renew()
  assert.deepEqual(told, [3, 3])
})
