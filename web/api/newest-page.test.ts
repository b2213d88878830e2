import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConversationPage } from '#protocol'
import { withNewest } from './newest-page.ts'

/** A page of conversations by the minute of their last activity, named after it unless told otherwise. */
const page = (minutes: readonly (number | readonly [string, number])[], has_more = true): ConversationPage => ({
  data: minutes.map(one => {
    const [id, minute] = typeof one === 'number' ? [String(one), one] : one
    const time = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
    return {
      id,
      title: id,
      model: 'm',
      system_prompt: null,
      project_id: null,
      temporary: false,
      pinned: false,
      archived_at: null,
      created_at: time,
      updated_at: time,
    }
  }),
  has_more,
  next_cursor: has_more ? 'next' : null,
})
const names = (pages: readonly ConversationPage[]) => pages.map(({ data }) => data.map(({ id }) => id).join(' '))

test('a new conversation comes first, and none that was known is lost', () => {
  assert.deepEqual(names(withNewest([page([9, 8, 7]), page([6, 5, 4])], page([10, 9, 8]))), ['10 9 8 7', '6 5 4'])
})

test('one that was written in again moves up, and stands there alone', () => {
  assert.deepEqual(names(withNewest([page([9, 8, 7]), page([6, 5, 4])], page([['5', 11], 9, 8]))), ['5 9 8 7', '6 4'])
})

test('one that another device has deleted goes', () => {
  assert.deepEqual(names(withNewest([page([9, 8, 7]), page([6, 5])], page([9, 7, 6]))), ['9 7 6', '5'])
})

test('where the fresh page is all there is, it is all that is shown', () => {
  assert.deepEqual(names(withNewest([page([9, 8, 7]), page([6])], page([9], false))), ['9'])
})
