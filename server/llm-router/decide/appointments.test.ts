import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAppointments } from './appointments.ts'

/** Ten places a second become free, which eight appointments may count on. */
const places = { everyMs: 100, users: 20 }

test('who comes when told is expected, once; who comes before or long after is not', () => {
  const appointments = createAppointments()
  assert.equal(appointments.make('a', 2_000, places, 0), 2_000)
  assert.ok(!appointments.keep('a', 1_000))
  assert.ok(!appointments.keep('b', 2_000))
  assert.ok(appointments.keep('a', 3_000))
  assert.ok(!appointments.keep('a', 3_000))
  appointments.make('b', 2_000, places, 3_000)
  assert.ok(!appointments.keep('b', 15_000))
})

test('those who are sent away are told to come one after the other, a little slower than places become free', () => {
  const appointments = createAppointments()
  const told = Array.from({ length: 41 }, (_, user) => appointments.make(`${user}`, 1_000, places, 0))
  assert.deepEqual(
    told,
    told.map((_, index) => 1_000 + 125 * index),
  )
  assert.equal(appointments.expected(2_000, 500), 12, 'all of them are counted on')
})

test('one who asks again too early is told the same time; of many requests at once each a little later', () => {
  const appointments = createAppointments()
  const told = appointments.make('a', 2_000, places, 0)
  assert.ok(Math.abs(1_000 + appointments.make('a', 1_000, places, 1_000) - told) < 1_000)
  const many = Array.from({ length: 100 }, () => appointments.make('a', 1_000, places, 1_000))
  assert.equal(new Set(many).size, 100)
  assert.equal(appointments.make('b', 2_000, places, 0), told + 125, 'and others do not wait for them')
})

test('a user who is sent away again and again gets no more than an equal share of the places', () => {
  const appointments = createAppointments()
  let now = 0
  const gaps = Array.from({ length: 10 }, () => {
    const before = now
    now += appointments.make('a', 1_000, places, now)
    assert.ok(appointments.keep('a', now))
    return now - before
  })
  assert.ok(
    gaps.slice(1).every(gap => gap === places.everyMs * places.users),
    `${gaps}`,
  )
})

test('where hardly anybody comes, nobody is sent away for longer than needed; where all come, they are spread again', () => {
  const appointments = createAppointments()
  let now = 0
  let user = 0
  const sendAway = (count: number) => {
    const told: { readonly name: string; readonly at: number }[] = []
    for (let index = 0; index < count; index++) {
      now += 50
      const name = `${user++}`
      told.push({ name, at: now + appointments.make(name, 1_000, places, now) })
    }
    return told
  }
  sendAway(1_000)
  now += 300_000
  assert.equal((sendAway(100).at(-1)?.at ?? 0) - now, 1_000)
  now += 1_000
  for (let round = 0; round < 20; round++) {
    for (const { name, at } of sendAway(20)) {
      now = Math.max(now, at)
      appointments.keep(name, now)
    }
  }
  const spread = sendAway(200)
  assert.ok((spread.at(-1)?.at ?? 0) - now > 5_000)
})
