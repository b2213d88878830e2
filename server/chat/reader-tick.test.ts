import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createReaderTick } from './reader-tick.ts'

/** A tick on an event loop that is as busy as the test says. */
function tickOf(context: TestContext) {
  const loop = { busy: 0 }
  const tick = createReaderTick(
    () => true,
    () => loop.busy,
  )
  context.after(tick.stop)
  return { tick, loop }
}

/** A socket as clusters' answers are read from, paused; `onBytes` is called when it was read on and something came. */
async function pausedSocket(context: TestContext, onBytes: () => void) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const onread = {
    buffer: Buffer.alloc(16),
    callback() {
      onBytes()
      return true
    },
  }
  const client = connect({ port, host: '127.0.0.1', onread })
  const [peer] = (await once(server, 'connection')) as [Socket]
  client.pause()
  context.after(() => {
    for (const end of [client, peer, server]) end instanceof Socket ? end.destroy() : end.close()
  })
  return { write: () => new Promise(resolve => peer.write('bytes', resolve)), readOn: () => client.resume() }
}

const round = () => new Promise(setImmediate)

test('at rest a reader is told at the end of the round, once for all that it brought', async context => {
  const { tick } = tickOf(context)
  let told = 0
  const tell = () => {
    told += 1
  }
  for (let token = 0; token < 5; token++) tick.soon(tell, false)
  assert.equal(told, 0)
  await round()
  assert.equal(told, 1)
  await round()
  assert.equal(told, 1)
})

test('under pressure readers are told seldom, but of a first token and an end at once; and it passes', async context => {
  const { tick, loop } = tickOf(context)
  loop.busy = 0.9
  let told = 0
  let tokens = 0
  const tell = () => {
    told += 1
  }
  while (!tick.pressed) {
    for (let token = 0; token < 50; token++) tick.soon(() => {}, false)
    await round()
  }
  for (const deadline = performance.now() + 300; performance.now() < deadline; tokens++) {
    for (let other = 0; other < 50; other++) tick.soon(tell, false)
    await round()
  }
  assert.ok(told < 8 && tokens > 20, `told ${told} times of ${tokens} rounds`)
  let urgent = 0
  tick.soon(() => {
    urgent += 1
  }, true)
  await round()
  assert.equal(urgent, 1)
  while (tick.pressed) await new Promise(resolve => setTimeout(resolve, 5))
})

test('what was put off to a tick is read before anybody is told, and what comes of it in that round is told with it', async context => {
  const { tick, loop } = tickOf(context)
  loop.busy = 0.9
  while (!tick.pressed) {
    for (let token = 0; token < 50; token++) tick.soon(() => {}, false)
    await round()
  }
  const order: string[] = []
  const told = Promise.withResolvers<void>()
  const { write, readOn } = await pausedSocket(context, () => {
    order.push('came')
    tick.soon(() => {
      order.push('told')
      told.resolve()
    }, false)
  })
  await write()
  tick.soon(() => order.push('told what came before'), false)
  tick.later(() => {
    order.push('read')
    readOn()
  })
  await round()
  assert.deepEqual(order, [])
  await told.promise
  assert.deepEqual(order, ['read', 'came', 'told what came before', 'told'])
})

test('a loop that tokens keep busy for a quarter of the time merges them, and goes on so until it is busy for an eighth', async context => {
  const { tick, loop } = tickOf(context)
  /** Whether it is pressed after three samples at this share. */
  const pressedAt = async (busy: number) => {
    loop.busy = busy
    for (const deadline = performance.now() + 320; performance.now() < deadline; await round()) {
      for (let token = 0; token < 50; token++) tick.soon(() => {}, false)
    }
    return tick.pressed
  }
  assert.equal(await pressedAt(0.2), false)
  assert.equal(await pressedAt(0.3), true)
  assert.equal(await pressedAt(0.2), true)
  assert.equal(await pressedAt(0.1), false)
})

test('a busy event loop with few tokens is no pressure: it is not they who keep it busy', async context => {
  const { tick, loop } = tickOf(context)
  loop.busy = 1
  for (const deadline = performance.now() + 250; performance.now() < deadline; ) {
    tick.soon(() => {}, false)
    await new Promise(resolve => setTimeout(resolve, 5))
    assert.equal(tick.pressed, false)
  }
})
