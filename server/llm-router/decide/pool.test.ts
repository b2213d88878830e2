import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBreaker } from './breaker.ts'
import { createLearnedLoad } from './learned-load.ts'
import { createPool } from './pool.ts'
import { predictedCost } from './predicted-cost.ts'

const prior = { first: { intercept: 40, slope: 0.1 }, gap: { intercept: 15, slope: 0.2 } }
const demand = { promptTokens: 1_000, blocks: [], tokensPerBlock: 128, outputTokens: 200 }
const cluster = (name: string, capacity?: number) => ({
  name,
  load: createLearnedLoad(),
  breaker: createBreaker(() => 0.5, -1e9),
  capacity,
  weight: 1,
})
const pool = (random = () => 0.5) => createPool({ policy: predictedCost, random })

test('one that is full or asked for a pause is no choice; where all are, there is none', () => {
  const [full, busy] = [cluster('full', 1), cluster('busy')]
  full.load.dispatch(demand, 0, 100, prior)
  busy.breaker.failed('busy', 0, 5_000)
  const free = cluster('free')
  assert.equal(pool().choose([full, busy, free], demand, 10)?.cluster.name, 'free')
  assert.equal(pool().choose([full, busy], demand, 10), undefined)
})

test('one that fails gets no work while others are well', () => {
  const [down, well] = [cluster('down'), cluster('well')]
  down.breaker.failed('unreachable', 0)
  for (let index = 0; index < 10; index++) well.load.dispatch(demand, 0, 100, prior)
  assert.equal(pool().choose([down, well], demand, 10)?.cluster.name, 'well')
})

test('one that fails gets no work while another is well but full, or asked for a pause: there is none to choose', () => {
  const [down, full, busy] = [cluster('down'), cluster('full', 1), cluster('busy')]
  down.breaker.failed('unreachable', 0)
  full.load.dispatch(demand, 0, 100, prior)
  busy.breaker.failed('busy', 0, 5_000)
  assert.equal(pool().choose([down, full], demand, 10), undefined)
  assert.equal(pool().choose([down, busy], demand, 10), undefined)
})

test('where all have failed, the one that is nearest to its next try is tried', () => {
  const [one, two] = [cluster('one'), cluster('two')]
  two.breaker.failed('unreachable', 0)
  one.breaker.failed('unreachable', 500)
  assert.equal(pool().choose([one, two], demand, 600)?.cluster.name, 'two')
})

test('soft faults take no more than half of the pool out', () => {
  const clusters = ['one', 'two', 'three', 'four'].map(name => cluster(name))
  for (const { breaker } of clusters.slice(0, 3)) for (let count = 0; count < 5; count++) breaker.failed('broken', 0)
  const chosen = new Set<string>()
  const choosing = pool()
  for (let index = 0; index < 20; index++) {
    const choice = choosing.choose(clusters, demand, 10)
    assert.ok(choice)
    choosing.dispatch(choice, demand, 10)
    chosen.add(choice.cluster.name)
  }
  assert.equal(chosen.size, 2)
})

test('one that comes back gets its first share of the work, not all that it has missed', () => {
  const [back, well] = [cluster('back'), cluster('well')]
  back.breaker.failed('unreachable', 0)
  back.breaker.dispatched(10_000)
  back.breaker.answered(10_000)
  for (let index = 0; index < 30; index++) well.load.dispatch(demand, 10_000, 100, prior)
  let turn = 0
  const choosing = pool(() => (turn++ % 100) / 100)
  let given = 0
  for (let index = 0; index < 500; index++)
    if (choosing.choose([back, well], demand, 10_000)?.cluster.name === 'back') given += 1
  assert.ok(given > 20 && given < 100, `${given} of 500`)
})

test('a proof that ends without a word is made anew, and what was sent before has no say in it', () => {
  const back = cluster('back')
  const choosing = pool()
  const send = (now: number) => {
    const choice = choosing.choose([back], demand, now)
    assert.ok(choice)
    return choosing.dispatch(choice, demand, now)
  }
  const before = send(0)
  back.breaker.failed('unreachable', 0)
  const proof = send(1_000)
  before.end(1_001, { failed: true })
  assert.equal(back.breaker.state(1_001), 'open')
  proof.end(1_002, { failed: true })
  assert.equal(back.breaker.state(1_002), 'half_open')
})

test('a new cluster is taken for as fast as the others', () => {
  const [known, fresh] = [cluster('known'), cluster('fresh')]
  const choosing = pool()
  for (let now = 0; now < 20_000; now += 1_000) {
    const choice = choosing.choose([known], demand, now)
    assert.ok(choice)
    choosing.dispatch(choice, demand, now).firstToken(now + 900)
  }
  const predicted = choosing.choose([fresh], demand, 20_000)?.firstTokenMs ?? 0
  choosing.choose([known, fresh], demand, 20_300)
  const then = choosing.choose([fresh], demand, 20_300)?.firstTokenMs ?? 0
  assert.ok(Math.abs(then - 900) < 200, `${predicted}, then ${then}`)
})

test('sending a request is known at once', () => {
  const [one, two] = [cluster('one'), cluster('two')]
  const choosing = pool()
  const names = [0, 1].map(() => {
    const choice = choosing.choose([one, two], demand, 0)
    assert.ok(choice)
    choosing.dispatch(choice, demand, 0)
    return choice.cluster.name
  })
  assert.deepEqual(names.sort(), ['one', 'two'])
})
