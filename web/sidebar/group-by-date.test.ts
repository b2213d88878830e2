import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Conversation } from '#protocol'
import { groupByDate } from './group-by-date.ts'

const now = new Date(2026, 2, 29, 10, 0)
const at = (id: string, when: Date, pinned = false): Conversation => ({
  id,
  title: id,
  model: 'm',
  system_prompt: null,
  project_id: null,
  temporary: false,
  pinned,
  archived_at: null,
  created_at: when.toISOString(),
  updated_at: when.toISOString(),
})

test('conversations stand under their day, counted from midnight where the reader is', () => {
  const groups = groupByDate(
    [
      at('just now', now),
      at('after midnight', new Date(2026, 2, 29, 0, 1)),
      at('before midnight', new Date(2026, 2, 28, 23, 59)),
      at('on Monday', new Date(2026, 2, 23, 12, 0)),
      at('this month', new Date(2026, 2, 5, 12, 0)),
      at('long ago', new Date(2024, 0, 1)),
    ],
    now,
  )
  assert.deepEqual(
    groups.map(([group, members]) => [group, members.map(({ id }) => id)]),
    [
      ['today', ['just now', 'after midnight']],
      ['yesterday', ['before midnight']],
      ['week', ['on Monday']],
      ['month', ['this month']],
      ['older', ['long ago']],
    ],
  )
})

test('pinned ones come first, however old', () => {
  const groups = groupByDate([at('new', now), at('old', new Date(2020, 1, 1), true)], now)
  assert.deepEqual(
    groups.map(([group]) => group),
    ['pinned', 'today'],
  )
})

test('a clock that runs ahead elsewhere is today', () => {
  assert.equal(groupByDate([at('future', new Date(2026, 3, 2))], now)[0]?.[0], 'today')
})
