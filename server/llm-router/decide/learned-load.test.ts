import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Demand } from './demand.ts'
import { createLearnedLoad } from './learned-load.ts'

const prior = { first: { intercept: 40, slope: 0.1 }, gap: { intercept: 20, slope: 0 } }
const prompt = (number: number, length = 10): Demand => ({
  promptTokens: length * 100,
  blocks: Array.from({ length }, (_, index) => number * 1_000 + index),
  tokensPerBlock: 100,
  outputTokens: 200,
})
const done = { failed: false, outputTokens: 101 }
const near = (actual: number, expected: number, by = 0.1) =>
  assert.ok(Math.abs(actual - expected) <= by * expected, `${actual} is not near ${expected}`)

test('a request counts as waiting until its first token, then as streaming until its end', () => {
  const load = createLearnedLoad()
  const dispatch = load.dispatch(prompt(1), 0, 140, prior)
  assert.deepEqual(load.own, { unanswered: 1, pendingTokens: 1_000, streaming: 0 })
  dispatch.firstToken(140)
  assert.deepEqual(load.own, { unanswered: 0, pendingTokens: 0, streaming: 1 })
  dispatch.end(2_140, done)
  assert.deepEqual(load.own, { unanswered: 0, pendingTokens: 0, streaming: 0 })
})

test('its load is released once, whatever is called how often and in which order', () => {
  const load = createLearnedLoad()
  const dispatch = load.dispatch(prompt(1), 0, 140, prior)
  dispatch.end(10, { failed: true })
  dispatch.end(11, done)
  dispatch.firstToken(12)
  dispatch.end(13, done)
  assert.deepEqual(load.own, { unanswered: 0, pendingTokens: 0, streaming: 0 })
})

test('what other processes have there counts, too, but not as its own', () => {
  const load = createLearnedLoad()
  load.heard({ unanswered: 2, pendingTokens: 500, streaming: 3 }, 0)
  load.dispatch(prompt(1), 0, 140, prior)
  assert.equal(load.unanswered, 3)
  assert.equal(load.pendingTokens, 1_500)
  assert.equal(load.own.unanswered, 1)
})

test('a prompt is known from when it is sent, and no longer when it was not read', () => {
  const load = createLearnedLoad()
  const dispatch = load.dispatch(prompt(1), 0, 140, prior)
  assert.equal(load.known(prompt(1)), 10)
  dispatch.end(10, { failed: true })
  assert.equal(load.known(prompt(1)), 0)
})

test('of a prompt that is known, only the rest is pending', () => {
  const load = createLearnedLoad()
  load.dispatch(prompt(1, 10), 0, 140, prior).firstToken(140)
  load.dispatch(prompt(1, 13), 200, 70, prior)
  assert.equal(load.pendingTokens, 300)
})

/** So many answers, one after another, each so many times as slow as `prior` says. */
function answer(load: ReturnType<typeof createLearnedLoad>, count: number, times: number, from = 0): number {
  let now = from
  for (let index = 0; index < count; index++) {
    const { first } = load.speed(prior, now)
    const dispatch = load.dispatch(prompt(from + index), now, first.intercept + 1_000 * first.slope, prior)
    dispatch.firstToken(now + times * 140)
    dispatch.end(now + times * 2_140, done)
    now += times * 2_140
  }
  return now
}

test('how many times slower than others a cluster is, is learned for prompts and for answers', () => {
  const load = createLearnedLoad()
  const now = answer(load, 40, 2)
  const { first, gap } = load.speed(prior, now)
  near(first.intercept, 80)
  near(first.slope, 0.2)
  near(gap.intercept, 40)
})

test('a first token that a lost cache explains does not make a cluster slow', () => {
  const load = createLearnedLoad()
  let now = 0
  for (let number = 1; number < 30; number++) {
    load.dispatch(prompt(number), now, 140, prior).firstToken(now + 140)
    load.dispatch(prompt(number, 11), now + 140, 50, prior).firstToken(now + 290)
    now += 290
  }
  near(load.speed(prior, now).first.slope, 0.1, 0.2)
})

test('a pause for reading prompts is not taken for slow writing', () => {
  const load = createLearnedLoad()
  let now = 0
  for (let number = 1; number < 30; number++) {
    const dispatch = load.dispatch(prompt(number), now, 140, prior)
    dispatch.firstToken(now + 140)
    load.dispatch(prompt(1_000 + number, 100), now + 140, 1_040, prior).firstToken(now + 1_180)
    now += 3_180
    dispatch.end(now, done)
  }
  near(load.speed(prior, now).gap.intercept, 20, 0.15)
})

test('the oldest request that is overdue makes a cluster late, and nothing else does', () => {
  const load = createLearnedLoad()
  assert.equal(load.lateness(1e9), 1)
  const dispatch = load.dispatch(prompt(1), 0, 1_000, prior)
  load.dispatch(prompt(2), 3_000, 1_000, prior)
  assert.equal(load.lateness(1_700), 1)
  near(load.lateness(4_000), 4, 0)
  assert.equal(load.lateness(1e6), 20)
  dispatch.firstToken(4_000)
  assert.equal(load.lateness(4_000), 1)
})
