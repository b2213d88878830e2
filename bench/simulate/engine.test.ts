import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEngine, type EngineSpec } from './engine.ts'
import type { Prompt } from './prompt.ts'
import { createTimeline } from './timeline.ts'

const spec: EngineSpec = {
  promptTokensPerSecond: 10_000,
  gapMs: 10,
  gapPerStreamMs: 1,
  slots: 2,
  chunkTokens: 1_000,
  keptTokens: 10_000,
  noise: 0,
}
const prompt = (promptTokens: number, outputTokens: number, firstBlock = 0): Prompt => ({
  user: 0,
  promptTokens,
  outputTokens,
  blocks: Array.from({ length: Math.floor(promptTokens / 100) }, (_, index) => firstBlock + index),
  tokensPerBlock: 100,
  leavesAfterMs: undefined,
})

function start() {
  const timeline = createTimeline()
  const engine = createEngine(spec, timeline, Math.random, 100)
  const times: Record<string, number> = {}
  const accept = (name: string, asked: Prompt) => {
    const note = (what: string) => () => {
      times[`${name} ${what}`] = timeline.now
    }
    return engine.accept(asked, { first: note('first'), end: note('end'), cut: note('cut') })
  }
  return { timeline, engine, times, accept }
}

test('a prompt is read in chunks, then each step is one token', () => {
  const { timeline, times, accept } = start()
  accept('one', prompt(2_000, 11))
  timeline.run(10_000)
  assert.equal(times['one first'], 2 * (10 + 100))
  assert.equal(times['one end'], 220 + 10 * 11)
})

test('what is kept of a prompt is not read again', () => {
  const { timeline, times, accept } = start()
  accept('one', prompt(2_000, 1))
  timeline.run(1_000)
  timeline.at(1_000, () => void accept('again', prompt(2_000, 1)))
  timeline.run(2_000)
  assert.ok((times['again first'] ?? 0) < 1_011)
})

test('beyond its slots requests wait in order', () => {
  const { timeline, times, accept } = start()
  for (const name of ['one', 'two', 'three']) accept(name, prompt(100, 50, name.length * 1_000))
  timeline.run(10_000)
  assert.ok((times['three first'] ?? 0) > (times['one end'] ?? Number.POSITIVE_INFINITY) - 1)
})

test('one that hangs answers nothing until it is well again', () => {
  const { timeline, engine, times, accept } = start()
  engine.slowDown(Number.POSITIVE_INFINITY)
  accept('one', prompt(100, 5))
  timeline.at(5_000, () => engine.slowDown(1))
  timeline.run(10_000)
  assert.ok((times['one first'] ?? 0) > 5_000)
})

test('a crash cuts all that is under way, and keeps nothing', () => {
  const { timeline, engine, times, accept } = start()
  for (const name of ['one', 'two', 'three']) accept(name, prompt(100, 500))
  timeline.at(200, () => engine.crash())
  timeline.run(10_000)
  assert.deepEqual([times['one cut'], times['two cut'], times['three cut']], [200, 200, 200])
  assert.equal(times['one end'], undefined)
})

test('one that was cancelled gives its slot to the next', () => {
  const { timeline, engine, times, accept } = start()
  const jobs = ['one', 'two', 'three'].map(name => accept(name, prompt(100, 500)))
  timeline.at(200, () => {
    if (jobs[0] !== undefined) engine.cancel(jobs[0])
  })
  timeline.run(300)
  assert.ok((times['three first'] ?? 0) > 200)
})
