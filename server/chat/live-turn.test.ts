import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TurnEvent } from '#protocol'
import { claimedTurn as turn } from '../../test/support/claimed-turn.ts'
import { toldAtOnce } from '../../test/support/told-at-once.ts'
import { createLiveTurn } from './live-turn.ts'

const text = (content: string) => ({ type: 'text' as const, text: content })
const typesOf = (events: readonly TurnEvent[]) => events.map(({ type }) => type)
const failure = { type: 'error' as const, code: 'generation_failed' as const, message: 'x', retryable: true }

test('a reader takes each event once, in order, and is told that there is news', () => {
  const live = createLiveTurn(turn, toldAtOnce)
  const feed = live.feed(0)
  let told = 0
  feed.onNews(() => {
    told += 1
  })
  assert.deepEqual(typesOf(feed.take()), ['start'])
  live.append([text('a'), text('b')])
  assert.equal(told, 1)
  assert.deepEqual(
    feed.take().map(event => event.type === 'token' && [event.seq, event.content, event.offset]),
    [
      [2, 'a', 0],
      [3, 'b', 1],
    ],
  )
  assert.deepEqual(feed.take(), [])
  assert.equal(feed.ended, false)
  live.end(failure)
  assert.equal(feed.ended, false)
  assert.deepEqual(typesOf(feed.take()), ['error'])
  assert.equal(feed.ended, true)
})

test('a reader who is far behind gets the tokens they missed as one', () => {
  const live = createLiveTurn(turn, toldAtOnce)
  const feed = live.feed(0)
  for (let count = 0; count < 1_000; count++) live.append([text('x')])
  const events = feed.take()
  assert.deepEqual(typesOf(events), ['start', 'token'])
  const [, token] = events
  assert.ok(token?.type === 'token')
  assert.deepEqual([token.content.length, token.offset, token.seq], [1_000, 0, 1_001])
})

test('a reader who comes back gets what follows the last event they have', () => {
  const live = createLiveTurn(turn, toldAtOnce)
  live.append([text('a'), text('b'), text('c')])
  const [next] = live.feed(3).take()
  assert.ok(next?.type === 'token')
  assert.deepEqual([next.content, next.offset], ['c', 2])
})

test('a continued answer begins with a snapshot of what it had, and its tokens stand behind it', () => {
  const live = createLiveTurn({ ...turn, prefix: 'Hello' }, toldAtOnce)
  live.append([text(', world')])
  const [, snapshot, token] = live.feed(0).take()
  assert.ok(snapshot?.type === 'snapshot' && token?.type === 'token')
  assert.deepEqual([snapshot.content, token.offset, live.text], ['Hello', 5, 'Hello, world'])
  assert.deepEqual([live.unlogged()?.textStart, live.unlogged()?.content], [5, ', world'])
})

test('while nothing is said yet a reader is told so, once', () => {
  const live = createLiveTurn(turn, toldAtOnce)
  const feed = live.feed(0)
  live.append([{ type: 'waiting' }])
  assert.deepEqual(typesOf(feed.take()), ['start', 'status'])
  assert.deepEqual(feed.take(), [])
})

test('what the database has is not written to it again', () => {
  const live = createLiveTurn(turn, toldAtOnce)
  live.append([text('one ')])
  const first = live.unlogged()
  live.append([text('two')])
  assert.ok(first)
  live.logged(first)
  assert.deepEqual([live.unlogged()?.textStart, live.unlogged()?.content], [4, 'two'])
})

test('once its end is being recorded nothing more of it is logged, for no flush may outlive the log', () => {
  const live = createLiveTurn(turn, toldAtOnce)
  live.append([text('the last words')])
  live.closeLog()
  assert.equal(live.unlogged(), undefined)
})
