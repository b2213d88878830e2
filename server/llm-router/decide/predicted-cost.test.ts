import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBreaker } from './breaker.ts'
import type { Demand } from './demand.ts'
import { createLearnedLoad } from './learned-load.ts'
import type { Candidate } from './policy.ts'
import { predictedCost } from './predicted-cost.ts'

const prior = { first: { intercept: 40, slope: 0.1 }, gap: { intercept: 15, slope: 0.2 } }
const pool = { prior, random: () => 0.5 }
const cluster = (name: string, weight = 1) => ({
  name,
  load: createLearnedLoad(),
  breaker: createBreaker(() => 0.5, -1e9),
  capacity: undefined,
  weight,
})
const prompt = (number: number, length: number): Demand => ({
  promptTokens: length * 100,
  blocks: Array.from({ length }, (_, index) => number * 1_000 + index),
  tokensPerBlock: 100,
  outputTokens: 200,
})
const choose = (candidates: readonly Candidate[], demand: Demand, now = 0) =>
  predictedCost(candidates, demand, now, pool).cluster.name

test('the one with less to read before goes first', () => {
  const [one, two] = [cluster('one'), cluster('two')]
  one.load.dispatch(prompt(1, 30), 0, 300, prior)
  assert.equal(choose([one, two], prompt(2, 10)), 'two')
})

test('a conversation goes on where it was, also when that has somewhat more to do', () => {
  const [one, two] = [cluster('one'), cluster('two')]
  const dispatch = one.load.dispatch(prompt(1, 30), 0, 300, prior)
  dispatch.firstToken(300)
  assert.equal(choose([one, two], prompt(1, 32), 400), 'one')
})

test('but it does not wait in a long line for that', () => {
  const [one, two] = [cluster('one'), cluster('two')]
  one.load.dispatch(prompt(1, 10), 0, 300, prior).firstToken(100)
  for (let number = 2; number < 12; number++) one.load.dispatch(prompt(number, 50), 100, 5_000, prior)
  assert.equal(choose([one, two], prompt(1, 12), 200), 'two')
})

test('one that has been slower gets what the faster one has no room for', () => {
  const [fast, slow] = [cluster('fast'), cluster('slow')]
  for (let index = 0; index < 50; index++)
    slow.load.dispatch(prompt(100 + index, 10), index * 1_000, 140, prior).firstToken(index * 1_000 + 420)
  const now = 50_000
  for (const _ of Array(50)) fast.load.dispatch({ ...prompt(1, 0), promptTokens: 0 }, now, 40, prior).firstToken(now)
  assert.equal(choose([slow, fast], prompt(300, 10), now), 'fast')
})

test('one whose oldest request is late is avoided before that has failed', () => {
  const [one, two] = [cluster('one'), cluster('two')]
  one.load.dispatch(prompt(1, 1), 0, 50, prior)
  two.load.dispatch(prompt(2, 1), 2_990, 50, prior)
  assert.equal(choose([one, two], prompt(3, 10), 3_000), 'two')
})

test('weight is taken as so many times the speed', () => {
  const [light, heavy] = [cluster('light'), cluster('heavy', 3)]
  assert.equal(choose([light, heavy], prompt(1, 10)), 'heavy')
})

test('it predicts the first token where it sends a request', () => {
  const { firstTokenMs, uncachedTokens } = predictedCost([cluster('one')], prompt(1, 10), 0, pool)
  assert.equal(uncachedTokens, 1_000)
  assert.equal(firstTokenMs, 140)
})

test('processes that know of each other send a conversation to the same cluster, though each knows only its own', () => {
  const process = () => ['one', 'two', 'three', 'four'].map(name => cluster(name))
  const [mine, theirs] = [process(), process()]
  for (const { load } of [...mine, ...theirs]) load.heard({ unanswered: 0, pendingTokens: 0, streaming: 3 }, 0)
  const homes = Array.from({ length: 40 }, (_, number) => choose(mine, prompt(number, 12)))
  assert.deepEqual(
    Array.from({ length: 40 }, (_, number) => choose(theirs, prompt(number, 12))),
    homes,
  )
  assert.equal(new Set(homes).size, 4)
})
