import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '#protocol'
import { visibleBranch } from './branch.ts'

const message = (id: string, parent_id: string | null): Message => ({
  id,
  parent_id,
  turn_id: null,
  role: 'user',
  content: id,
  model: null,
  served_by: null,
  tokens: null,
  status: 'done',
  finish_reason: null,
  cached: false,
  category: null,
  rating: null,
  created_at: '2026-01-01T00:00:00.000Z',
})
const shown = (choices: [string | null, string][] = []) =>
  visibleBranch(tree, new Map(choices)).map(
    ({ message, index, siblings }) => `${message.id} ${index + 1}/${siblings.length}`,
  )

const tree = [
  message('hello', null),
  message('first answer', 'hello'),
  message('second answer', 'hello'),
  message('thanks', 'first answer'),
  message('hello, edited', null),
  message('its answer', 'hello, edited'),
]

test('of several versions the newest is shown, with its own answers', () => {
  assert.deepEqual(shown(), ['hello, edited 2/2', 'its answer 1/1'])
})

test('a choice shows its branch to the leaf', () => {
  assert.deepEqual(shown([[null, 'hello']]), ['hello 1/2', 'second answer 2/2'])
  assert.deepEqual(
    shown([
      [null, 'hello'],
      ['hello', 'first answer'],
    ]),
    ['hello 1/2', 'first answer 1/2', 'thanks 1/1'],
  )
})

test('without a choice the branch of the newest message is shown, since that is where the server goes on', () => {
  const again = [...tree.slice(0, 4), message('you are welcome', 'thanks')]
  assert.deepEqual(
    visibleBranch(again, new Map()).map(
      ({ message, index, siblings }) => `${message.id} ${index + 1}/${siblings.length}`,
    ),
    ['hello 1/1', 'first answer 1/2', 'thanks 1/1', 'you are welcome 1/1'],
  )
})

test('a choice that is gone counts as none', () => {
  assert.deepEqual(shown([[null, 'deleted']]), shown())
})

test('no messages, no rows', () => {
  assert.deepEqual(visibleBranch([], new Map()), [])
})
