import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TurnEvent } from '#protocol'
import { applyEvent, type LiveTurn, unheard } from './live-turn.ts'

const turn_id = 't'
const token = (seq: number, offset: number, content: string): TurnEvent => ({
  type: 'token',
  turn_id,
  seq,
  offset,
  content,
})
const snapshot = (seq: number, content: string): TurnEvent => ({ type: 'snapshot', turn_id, seq, content })
const apply = (events: readonly TurnEvent[], from: LiveTurn = unheard) => events.reduce(applyEvent, from)

/** What a server says: words, some of them several times, in the order of their numbers. */
const words = ['The ', 'quick ', 'brown ', 'fox ', '🦊 ', 'jumps']
const told = words.map((word, index) => token(index + 2, words.slice(0, index).join('').length, word))

test('the text is the tokens in a row, and the wait ends with the first', () => {
  const turn = apply(told)
  assert.equal(turn.content, words.join(''))
  assert.equal(turn.waiting, null)
  assert.equal(turn.seq, 7)
})

test('events that come twice, as after a reconnection, change nothing', () => {
  for (let from = 0; from < told.length; from++) {
    const half = apply(told.slice(0, from + 1))
    assert.equal(apply(told, half).content, words.join(''))
    assert.equal(applyEvent(half, told[from] as TurnEvent), half)
  }
})

test('merged catch-up, which overlaps what is shown, is put at its offset', () => {
  const half = apply(told.slice(0, 3))
  assert.equal(applyEvent(half, token(20, 4, 'quick brown fox')).content, 'The quick brown fox')
})

test('a gap is never papered over: the turn is torn, keeps its text, and a snapshot mends it', () => {
  const torn = applyEvent(apply(told.slice(0, 2)), token(9, 40, 'later'))
  assert.equal(torn.torn, true)
  assert.equal(torn.content, 'The quick ')
  assert.equal(torn.seq, 3)
  const mended = applyEvent(torn, snapshot(10, 'All of it'))
  assert.deepEqual([mended.torn, mended.content], [false, 'All of it'])
})

test('a snapshot replaces everything that was shown', () => {
  assert.equal(apply([...told, snapshot(9, 'I cannot say that.')]).content, 'I cannot say that.')
})

test('a wait tells its reason until text comes, and not after', () => {
  const queued = applyEvent(unheard, { type: 'status', turn_id, state: 'queued', position: 3, wait_ms: 4_000 })
  assert.deepEqual(queued.waiting, { state: 'queued', position: 3, waitMs: 4_000 })
  const writing = apply(told, queued)
  assert.equal(applyEvent(writing, { type: 'status', turn_id, state: 'thinking' }), writing)
})

test('after the end nothing changes any more', () => {
  const failed = applyEvent(apply(told), {
    type: 'error',
    turn_id,
    seq: 30,
    code: 'generation_failed',
    message: 'It broke.',
    retryable: true,
  })
  assert.equal(failed.end?.type, 'error')
  assert.equal(failed.content, words.join(''))
  assert.equal(applyEvent(failed, snapshot(31, 'x')), failed)
})
