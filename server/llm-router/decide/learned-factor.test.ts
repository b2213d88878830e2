import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLearnedFactor } from './learned-factor.ts'

function after(samples: readonly (readonly [ratio: number, count: number])[]) {
  const factor = createLearnedFactor()
  let now = 0
  for (const [ratio, count] of samples)
    for (let index = 0; index < count; index++) {
      now += 100
      factor.sample(ratio, now)
    }
  return { factor, now }
}
const near = (actual: number, expected: number, by = 0.1) =>
  assert.ok(Math.abs(actual - expected) <= by * expected, `${actual} is not near ${expected}`)

test('without a sample, a cluster is as expected; with some, as they say', () => {
  assert.equal(createLearnedFactor().at(0), 1)
  const { factor, now } = after([[2, 5]])
  near(factor.at(now), 2)
})

test('twice and half as long come to as expected', () => {
  const factor = createLearnedFactor()
  for (let index = 0; index < 100; index++) factor.sample(index % 2 === 0 ? 2 : 0.5, index * 100)
  near(factor.at(10_000), 1)
})

test('a cluster that becomes slow is known as slow within two dozen samples', () => {
  const { factor, now } = after([
    [1, 100],
    [4, 25],
  ])
  assert.ok(factor.at(now) > 2.4)
})

test('that it was slow is forgotten within seconds when nothing more is heard of it', () => {
  const { factor, now } = after([
    [1, 600],
    [4, 60],
  ])
  assert.ok(factor.at(now) > 3)
  assert.ok(factor.at(now + 15_000) < 1.4)
})

test('after a silence, one sample tells whether it is as slow as before', () => {
  const slowThenSilent = () =>
    after([
      [1, 600],
      [4, 60],
    ])
  const still = slowThenSilent()
  still.factor.sample(4, still.now + 8_000)
  assert.ok(still.factor.at(still.now + 8_000) > 2.5)
  const recovered = slowThenSilent()
  recovered.factor.sample(1, recovered.now + 8_000)
  assert.ok(recovered.factor.at(recovered.now + 8_000) < 1.4)
})

test('one that has always been slow stays so', () => {
  const { factor, now } = after([[2, 300]])
  near(factor.at(now + 600_000), 2)
})

test('that it was fast is not forgotten', () => {
  const { factor, now } = after([
    [1, 100],
    [0.5, 100],
  ])
  near(factor.at(now + 60_000), 0.5)
})

test('one absurd sample moves little', () => {
  const { factor, now } = after([
    [1, 100],
    [1_000_000, 1],
  ])
  assert.ok(factor.at(now) < 1.2)
})
