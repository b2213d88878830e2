import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFrameQueue } from './frame-queue.ts'

function heldQueue() {
  const handled: (string | undefined)[] = []
  const held: boolean[] = []
  let go = () => {}
  let idle = 0
  const queue = createFrameQueue({
    handle(text) {
      handled.push(text)
      return new Promise(resolve => {
        go = resolve
      })
    },
    holdBack: now => held.push(now),
    onIdle: () => idle++,
  })
  const next = async () => {
    go()
    await new Promise(setImmediate)
  }
  return { queue, handled, held, next, idle: () => idle }
}

test('frames are handled one at a time, in order', async () => {
  const { queue, handled, next, idle } = heldQueue()
  for (const text of ['a', undefined, 'c']) queue.push(text)
  assert.deepEqual(handled, ['a'])
  await next()
  assert.deepEqual(handled, ['a', undefined])
  await next()
  assert.equal(queue.idle, false)
  await next()
  assert.deepEqual([handled, idle(), queue.idle], [['a', undefined, 'c'], 1, true])
})

test('more than 32 waiting frames, or 1 MiB of them, hold the socket back until there is room', async () => {
  for (const [frames, text] of [
    [32, 'x'],
    [2, 'x'.repeat(524_288)],
  ] as const) {
    const { queue, held, next } = heldQueue()
    for (let frame = 0; frame <= frames; frame++) queue.push(text)
    assert.deepEqual(held, [])
    queue.push(text)
    assert.deepEqual(held, [true])
    await next()
    assert.deepEqual(held, [true, false])
    queue.push(text)
    queue.clear()
    assert.deepEqual(held, [true, false, true, false])
  }
})
