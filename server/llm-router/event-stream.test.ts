import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventStreamReader } from './event-stream.ts'

const stream =
  ': hello\r\n\r\nevent: x\ndata: {"a":"ü日本😀"}\n\ndata:one\r\ndata: two\r\n\r\nid: 7\rdata: last\r\rdata: never ended'
const expected = ['{"a":"ü日本😀"}', 'one\ntwo', 'last']

test('events are the same however the bytes are cut: line ends of all kinds, comments, characters split in two', () => {
  const bytes = new TextEncoder().encode(stream)
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const reader = createEventStreamReader()
      const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]
      assert.deepEqual(
        pieces.flatMap(piece => reader.push(piece)),
        expected,
      )
    }
  }
})
