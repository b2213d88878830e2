import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TurnEvent } from '#protocol'
import { viewTurn } from './turn-view.ts'

const token = (seq: number, offset: number, content: string): TurnEvent => ({
  type: 'token',
  turn_id: 'turn-1',
  seq,
  offset,
  content,
})
const snapshot = (seq: number, content: string): TurnEvent => ({ type: 'snapshot', turn_id: 'turn-1', seq, content })
const failed = (seq: number): TurnEvent => ({
  type: 'error',
  turn_id: 'turn-1',
  seq,
  code: 'generation_failed',
  message: 'It failed.',
  retryable: true,
})

function view(...events: readonly TurnEvent[]) {
  const shown = viewTurn(() => 0)
  for (const event of events) shown.apply(event)
  return shown
}

describe('what a client shows of a turn', () => {
  test('is its tokens in their places, or the snapshot that took the place of all', () => {
    const shown = view(
      token(2, 0, 'Hel'),
      token(3, 3, 'lo'),
      snapshot(1_000_003, 'Hello, '),
      token(1_000_004, 7, 'you'),
    )
    assert.equal(shown.text, 'Hello, you')
    assert.deepEqual(shown.violations, [])
  })

  test('is not changed by what a new connection tells again', () => {
    const shown = view(token(2, 0, 'Hello'))
    shown.connected()
    shown.apply(token(2, 0, 'Hello'))
    shown.apply(token(3, 5, '!'))
    assert.equal(shown.text, 'Hello!')
    assert.deepEqual(shown.violations, [])
  })

  test('names a hole, a text told twice, a seq that does not rise, and what comes after the end', () => {
    assert.equal(view(token(2, 0, 'Hello'), token(3, 6, 'you')).violations.length, 1)
    assert.equal(view(token(2, 0, 'Hello'), token(3, 4, 'o, you')).violations.length, 1)
    assert.equal(view(token(2, 0, 'Hello'), token(2, 5, '!')).violations.length, 1)
    assert.equal(view(token(2, 0, 'Hello'), failed(3), failed(4)).violations.length, 1)
  })

  test('has a pause wherever nothing new came for more than a second', () => {
    let now = 0
    const shown = viewTurn(() => now)
    for (const [at, event] of [
      [900, token(2, 0, 'Hello')],
      [5_000, snapshot(3, 'Hello')],
      [9_000, token(4, 5, '!')],
    ] as const) {
      now = at
      shown.apply(event)
    }
    assert.deepEqual(shown.pauses, [{ from: 900, to: 9_000 }])
  })
})
