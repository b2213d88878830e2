import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStopStrings } from './stop-strings.ts'

function filter(stops: readonly string[], pieces: readonly string[]): string[] {
  const filtered = createStopStrings(stops)
  return [...pieces.map(piece => filtered.push(piece)), filtered.end()]
}

test('a stop string split over pieces ends the text before it', () => {
  assert.deepEqual(filter(['END'], ['one E', 'N', 'D two', ' three']), ['one ', '', '', '', ''])
})

test('what only looked like a stop string is let through as soon as it cannot become one', () => {
  assert.deepEqual(filter(['END'], ['one E', 'N', 'ough']), ['one ', '', 'ENough', ''])
  assert.deepEqual(filter(['aab'], ['aa', 'a', 'b!']), ['', 'a', '', ''])
})

test('an unfinished stop string is text when the answer ends', () => {
  assert.deepEqual(filter(['END'], ['one EN']), ['one ', 'EN'])
})

test('the earliest of several stop strings counts', () => {
  assert.deepEqual(filter(['three', 'two'], ['one two three']), ['one ', ''])
})

test('without stop strings every piece passes at once', () => {
  assert.deepEqual(filter([], ['one', ' two']), ['one', ' two', ''])
})
