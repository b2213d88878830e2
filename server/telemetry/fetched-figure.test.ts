import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFetchedFigure } from './fetched-figure.ts'

/** A figure whose source and time the test owns. */
function figureUnderTest() {
  const source = { asked: 0, elapsedMs: 0, answer: async (): Promise<number> => 7 }
  const clock = { now: () => 0, elapsed: () => source.elapsedMs }
  const figure = createFetchedFigure(() => {
    source.asked += 1
    return source.answer()
  }, clock)
  return { source, figure }
}

const away = () => Promise.reject(new Error('away'))
const silent = () => new Promise<number>(() => {})

test('a scrape gets a figure that is at most 15 s old, and however many come ask once in that time', async () => {
  const { source, figure } = figureUnderTest()
  assert.deepEqual(await Promise.all([figure.read(), figure.read()]), [7, 7])
  source.answer = async () => 8
  source.elapsedMs = 14_999
  assert.deepEqual([await figure.read(), source.asked], [7, 1])
  source.elapsedMs = 15_000
  assert.deepEqual([await figure.read(), source.asked], [8, 2])
})

test('while nobody answers, the last figure is told for a minute, and none after that', async () => {
  const { source, figure } = figureUnderTest()
  await figure.read()
  source.answer = away
  source.elapsedMs = 59_999
  assert.equal(await figure.read(), 7)
  source.elapsedMs = 60_000
  assert.equal(await figure.read(), undefined)
  source.answer = async () => 0
  source.elapsedMs = 80_000
  assert.equal(await figure.read(), 0)
})

test('a scrape does not wait for an answer that does not come, and asks no second time meanwhile', async () => {
  const { source, figure } = figureUnderTest()
  source.answer = silent
  const begun = performance.now()
  assert.equal(await figure.read(), undefined)
  assert.ok(performance.now() - begun < 5_000)
  source.elapsedMs = 100_000
  assert.equal(await figure.read(), undefined)
  assert.equal(source.asked, 1)
})
