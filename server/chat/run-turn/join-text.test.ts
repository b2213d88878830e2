import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GenerationEvent } from '#llm-router'
import { joinText } from './join-text.ts'

const text = (content: string): GenerationEvent => ({ type: 'text', text: content })
const thought: GenerationEvent = { type: 'reasoning', text: 'hm' }
const end: GenerationEvent = { type: 'end', finishReason: 'stop' }

/** What a taker is given of such a read. */
function taken(pressed: boolean, ...read: readonly GenerationEvent[]): readonly GenerationEvent[] {
  const batches: (readonly GenerationEvent[])[] = []
  joinText(batch => void batches.push(batch), { pressed })(read)
  assert.equal(batches.length, 1)
  return batches.flat()
}

test('at rest the pieces of a read stay what they are', () => {
  assert.deepEqual(taken(false, text('a'), text('b'), end), [text('a'), text('b'), end])
})

test('under pressure those in a row are one, and all else keeps its place', () => {
  assert.deepEqual(taken(true, text('a'), text('b'), end), [text('ab'), end])
  assert.deepEqual(taken(true, text('a'), thought, text('b'), text('c')), [text('a'), thought, text('bc')])
  assert.deepEqual(taken(true, text('a')), [text('a')])
  assert.deepEqual(taken(true, end), [end])
})
