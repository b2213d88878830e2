import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAdmissionQueue } from './admission-queue.ts'
import { createKnownPlaces, createPlaces, model } from './testing/places.ts'

test('who finds a free place starts at once; of equals, who came first starts first', () => {
  const places = createKnownPlaces()
  for (const name of ['a', 'b', 'c', 'd']) places.ask(name)
  assert.deepEqual(places.started, ['a', 'b'])
  places.pass(1_000)
  assert.deepEqual(places.started, ['a', 'b', 'c', 'd'])
})

test('those who wait are told their place and the time, and it comes true', () => {
  const places = createKnownPlaces()
  for (const name of ['a', 'b', 'c', 'd', 'e']) places.ask(name)
  const told = [...places.queue.places(places.now).values()]
  assert.deepEqual(
    told.map(({ position }) => position),
    [1, 2, 3],
  )
  assert.deepEqual(
    told.map(({ waitMs }) => waitMs),
    [500, 1_000, 1_500],
  )
})

test('a request is refused at arrival where its wait and first token would take too long, and not before', () => {
  const places = createKnownPlaces()
  const answers = Array.from({ length: 20 }, (_, index) => places.ask('abcdefghijklmnopqrst'.charAt(index)))
  const refused = answers.filter(({ ticket }) => ticket === undefined).length
  assert.equal(
    refused,
    20 - 2 - 4,
    'two run, and four start within the two seconds that are thought to be safe at first',
  )
  places.view.firstTokenMs = 1_900
  places.pass(2_000)
  assert.equal(places.ask('z').ticket, undefined, 'the first token counts, too')
})

test('places that will be held for longer when all are taken make the wait longer at once', () => {
  const admitted = (heldMs: number) => {
    const places = createKnownPlaces()
    places.view.heldMs = heldMs
    return [...'abcdefghijklmnopqrst'].filter(name => places.ask(name).ticket !== undefined).length
  }
  assert.ok(admitted(2_000) < admitted(0))
})

test('clusters without a line in front of them may be as busy as the promise allows', () => {
  const places = createKnownPlaces(Number.POSITIVE_INFINITY)
  places.view.firstTokenMs = 4_500
  assert.ok(places.ask('a').ticket)
  places.view.firstTokenMs = 5_500
  assert.equal(places.ask('b').ticket, undefined)
})

test('a heavy user fills the line for nobody but themselves', () => {
  const places = createKnownPlaces()
  for (const name of ['g1', 'g2']) places.ask(name)
  let waiting = 0
  while (places.ask(`g-${waiting}`).ticket !== undefined) waiting += 1
  assert.ok(places.ask('light').ticket)
  places.pass(1_000)
  assert.ok(places.started.slice(0, 4).includes('light'), `${places.started}`)
})

test('who has had least lately comes first, and a minute makes up for half of it', () => {
  const places = createKnownPlaces(1)
  places.ask('h', { tokens: 10_000 })
  places.pass(1_000)
  places.ask('l', { tokens: 100 })
  places.ask('h1', { anyway: true })
  places.ask('l1', { anyway: true })
  places.pass(1_000)
  assert.deepEqual(places.started, ['h', 'l', 'l1'])
  places.pass(120_000)
  places.ask('x')
  places.ask('h2', { anyway: true })
  places.ask('l2', { anyway: true, tokens: 10 })
  places.pass(2_000)
  assert.deepEqual(places.started.slice(-2), ['l2', 'h2'])
})

test('newcomers pass one who has had much, but not one who has had little', () => {
  const places = createKnownPlaces(1)
  places.ask('l')
  places.ask('l1')
  for (const name of ['a', 'b', 'c']) places.ask(name)
  places.pass(5_000)
  assert.deepEqual(places.started, ['l', 'l1', 'a', 'b', 'c'])
  places.ask('m', { tokens: 5_000 })
  places.ask('m1')
  places.ask('d')
  places.pass(2_000)
  assert.deepEqual(places.started.slice(-3), ['m', 'd', 'm1'])
})

test('a quarter of the places is kept for people, as long as there are any; bulk work comes last', () => {
  const places = createKnownPlaces(4)
  for (const name of ['a', 'b', 'c', 'd']) places.ask(name)
  assert.equal(places.running.length, 4, 'nobody is there to keep one for')
  places.pass(1_000)
  places.ask('i', { kind: 'interactive' })
  places.pass(1_000)
  for (const name of ['e', 'f', 'g', 'h']) places.ask(name)
  assert.deepEqual(places.running, ['e', 'f', 'g'])
  places.ask('j', { kind: 'interactive' })
  assert.deepEqual(places.running, ['e', 'f', 'g', 'j'])
  places.ask('k', { kind: 'bulk' })
  places.ask('l')
  places.pass(1_000)
  assert.deepEqual(places.running, ['h', 'l', 'k'])
})

test('while nothing is known of how long they take, some may wait; where nobody is in the way, nobody is refused', () => {
  const places = createPlaces(1)
  places.ask('a')
  for (const name of ['b', 'c', 'd', 'e']) assert.ok(places.ask(name).ticket)
  assert.equal(places.ask('f').ticket, undefined)
  const slow = createKnownPlaces()
  Object.assign(slow.view, { firstTokenMs: 30_000, aloneMs: 30_000 })
  assert.ok(slow.ask('a').ticket)
})

test('who finds all places free is not refused, however many were late when the cluster stood still', () => {
  const places = createKnownPlaces(4)
  Object.assign(places.view, { firstTokenMs: 700, aloneMs: 700 })
  for (const name of 'abcdefghijklmnop') places.ask(name)
  assert.ok(places.queue.waiting > 4)
  places.slots = 0
  places.pass(20_000)
  places.slots = 4
  places.queue.advance(places.now)
  places.pass(20_000)
  assert.equal(places.running.length, 0)
  assert.ok(places.ask('z').ticket)
})

test('the cluster is looked at a few times for one that comes, however many wait and for however long', () => {
  let looks = 0
  const queue = createAdmissionQueue({
    outlook() {
      looks += 1
      return { slots: 1, free: 0, busyForMs: 0, firstTokenMs: 0, aloneMs: 0, heldMs: 0 }
    },
  })
  const asker = (user: number) => ({
    userId: `${user}`,
    class: 'default' as const,
    model,
    promptTokens: 100,
    outputTokens: 0,
  })
  for (let user = 0; user < 500; user++) queue.admitAnyway(asker(user), 0).enter(() => 'full', 0)
  looks = 0
  queue.admit(asker(0), 4_000)
  queue.advance(4_000)
  queue.places(4_000)
  assert.ok(looks < 10, `${looks} times`)
})

test('who was refused and comes again when told is admitted, even if all come', () => {
  const places = createKnownPlaces()
  const again: { readonly name: string; readonly at: number }[] = []
  for (let index = 0; index < 50; index++) {
    const name = String.fromCharCode(0x4e00 + index)
    const answer = places.ask(name)
    if (answer.ticket === undefined) again.push({ name, at: answer.retryAfterMs })
  }
  assert.ok(again.length > 30)
  for (const { name, at } of again.toSorted((a, b) => a.at - b.at)) {
    places.pass(Math.max(0, 1_000 + at - places.now))
    assert.ok(places.ask(name).ticket, `${name} came back after ${at} ms`)
  }
})

test('one that was accepted before is admitted however long the line is', () => {
  const places = createKnownPlaces()
  while (places.ask('g').ticket !== undefined);
  places.ask('old', { anyway: true })
  places.pass(60_000)
  assert.ok(places.started.includes('old'))
})

test('who leaves the line makes it shorter, once; what runs goes on', () => {
  const places = createKnownPlaces(1)
  const a = places.ask('a')
  const b = places.ask('b')
  places.ask('c')
  b.ticket?.release(places.now)
  b.ticket?.release(places.now)
  a.ticket?.release(places.now)
  assert.deepEqual(places.running, ['a'])
  assert.equal(places.queue.waiting, 1)
  places.pass(1_000)
  a.ticket?.ended(undefined, places.now)
  assert.deepEqual(places.started, ['a', 'c'])
  places.pass(1_000)
  assert.equal(places.queue.waiting, 0)
})

test('one that never comes does not hold up who does', () => {
  const places = createKnownPlaces(1)
  const asker = { userId: 'x', class: 'default' as const, model, promptTokens: 100, outputTokens: 0 }
  for (let index = 0; index < 3; index++) places.queue.admit(asker, places.now)
  places.ask('a')
  assert.deepEqual(places.running, ['a'])
  places.pass(3_000)
  for (const name of ['b', 'c', 'd']) assert.ok(places.ask(name).ticket)
})

test('places that come or go at run time count at once', () => {
  const places = createKnownPlaces(1)
  for (const name of ['a', 'b', 'c']) places.ask(name)
  places.slots = 3
  places.queue.advance(places.now)
  assert.deepEqual(places.running, ['a', 'b', 'c'])
})
