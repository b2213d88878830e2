import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatherText } from './gather-text.ts'
import type { ReplyEvent, TakeReply } from './reply-event.ts'

const text = (content: string): ReplyEvent => ({ type: 'text', text: content })
const end: ReplyEvent = { type: 'end', finishReason: 'stop' }

/** A source that says what the test says, and the batches that come out of it. */
function start(pressed: boolean) {
  const batches: (readonly ReplyEvent[])[] = []
  const due = new Set<() => void>()
  const over = Promise.withResolvers<void>()
  let say: TakeReply = () => {}
  const tick = { pressed, gather: (pass: () => void) => void due.add(pass) }
  const source = gatherText((take, signal) => {
    say = take
    signal.addEventListener('abort', () => over.reject(signal.reason))
    return over.promise
  }, tick)
  const abort = new AbortController()
  let broken: Error | undefined
  const ended = source(batch => {
    if (broken !== undefined) throw broken
    batches.push(batch)
  }, abort.signal)
  return {
    batches,
    tick,
    over,
    abort,
    ended,
    say: (...batch: readonly ReplyEvent[]) => say(batch),
    breakTaker: (error: Error) => {
      broken = error
    },
    passTick() {
      for (const pass of due) pass()
      due.clear()
    },
  }
}

test('at rest every piece passes at once, as it came', async () => {
  const { batches, say, over, ended } = start(false)
  for (const event of [text('a'), text('b'), end]) say(event)
  assert.deepEqual(batches, [[text('a')], [text('b')], [end]])
  over.resolve()
  await ended
})

test('under pressure the first piece passes at once, those of a tick as one, and all of them before the end', async () => {
  const { batches, say, over, ended, passTick } = start(true)
  for (const piece of ['a', 'b', 'c']) say(text(piece))
  assert.deepEqual(batches, [[text('a')]])
  passTick()
  say(text('d'))
  say(text('e'), end)
  over.resolve()
  await ended
  passTick()
  assert.deepEqual(batches, [[text('a')], [text('bc')], [text('d')], [text('e'), end]])
})

test('what was gathered before a failure or an abort is not lost', async () => {
  const failing = start(true)
  for (const piece of ['a', 'b']) failing.say(text(piece))
  failing.over.reject(new Error('cut'))
  await assert.rejects(failing.ended, /cut/)
  assert.deepEqual(failing.batches, [[text('a')], [text('b')]])
  const stopped = start(true)
  for (const piece of ['a', 'b']) stopped.say(text(piece))
  stopped.abort.abort('stopped')
  await assert.rejects(stopped.ended, reason => reason === 'stopped')
  assert.deepEqual(stopped.batches, [[text('a')], [text('b')]])
})

test('what the taker throws at a tick ends the source, and is thrown', async () => {
  const { say, breakTaker, passTick, ended } = start(true)
  for (const piece of ['a', 'b']) say(text(piece))
  breakTaker(new TypeError('a bug of ours'))
  passTick()
  await assert.rejects(ended, TypeError)
})
