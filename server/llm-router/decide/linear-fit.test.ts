import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLinearFit } from './linear-fit.ts'

const free = { weight: 0.05, leastSlope: 0, mostSlope: 10 }
const near = (actual: number, expected: number, by = 0.05) =>
  assert.ok(Math.abs(actual - expected) <= by * Math.abs(expected), `${actual} is not near ${expected}`)

test('a line is found again from its points', () => {
  const fit = createLinearFit(free)
  for (let index = 0; index < 200; index++) fit.sample(index % 10, 30 + 5 * (index % 10))
  near(fit.slope, 5)
  near(fit.intercept, 30)
})

test('another line takes its place within a hundred samples', () => {
  const fit = createLinearFit(free)
  for (let index = 0; index < 200; index++) fit.sample(index % 10, 30 + 5 * (index % 10))
  for (let index = 0; index < 100; index++) fit.sample(index % 10, 120 + 20 * (index % 10))
  near(fit.slope, 20, 0.1)
  near(fit.intercept, 120, 0.1)
})

test('samples that do not differ in x keep the slope within its bounds, and the line goes through their mean', () => {
  const fit = createLinearFit({ weight: 0.03, leastSlope: 0.3, mostSlope: 1 })
  for (const y of [90, 110, 90, 110, 100]) fit.sample(1_000, y)
  assert.ok(fit.slope >= (0.3 * 98) / 1_000 && fit.slope <= 101 / 1_000)
  near(fit.intercept + 1_000 * fit.slope, 100)
})

test('neither slope nor intercept is ever negative', () => {
  const fit = createLinearFit(free)
  for (let index = 0; index < 50; index++) fit.sample(index, 100 - index)
  assert.ok(fit.slope >= 0)
  assert.ok(fit.intercept >= 0)
})
