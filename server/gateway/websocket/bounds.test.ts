import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../../test/support/server.ts'
import { connect, type Frame } from '../../../test/support/socket-client.ts'
import { startSocketServer } from '../../../test/support/socket-server.ts'

const message = { conversation_id: '0197c0de-0000-7000-8000-000000000001', content: 'Hi' }
const isError = ({ type }: Frame) => type === 'error'

test('a user has at most 20 sockets; one more is told why and closed with 1008', async t => {
  const server = await startSocketServer(t)
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect(t, server.url, { key: 'ada' })))
  const extra = await connect(t, server.url, { key: 'ada' })
  assert.deepEqual(await extra.closed, { code: 1008, reason: 'too many sockets' })
  assert.equal(extra.frames[0]?.code, 'rate_limited')
  assert.deepEqual(await (await connect(t, server.url, { key: 'ben' })).ask({ type: 'ping' }), { type: 'pong' })
  assert.equal(server.sockets.openSockets(), 21)
  clients[0]?.socket.close()
  await until('one is gone', () => server.sockets.openSockets() === 20)
  assert.deepEqual(await (await connect(t, server.url, { key: 'ada' })).ask({ type: 'ping' }), { type: 'pong' })
})

test('a socket follows at most 64 turns, its own among them; one that has ended makes room', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  const turns = Array.from({ length: 65 }, () => server.begin('ada'))
  for (const { id } of turns.slice(0, 63)) await client.ask({ type: 'follow', turn_id: id })
  assert.equal((await client.ask(message)).type, 'start')
  await client.frame(({ type }) => type === 'token')
  const one = turns[63]
  const asked = client.frames.length
  client.send({ type: 'follow', turn_id: one?.id })
  client.send({ ...message, ref: 1 })
  await client.frame(({ ref }) => ref === 1)
  assert.deepEqual(
    client.frames.slice(asked).map(({ code, turn_id }) => [code, turn_id]),
    [
      ['rate_limited', one?.id],
      ['rate_limited', undefined],
    ],
  )
  assert.equal(server.turns.length, 66, 'the refused message began no turn')
  assert.equal((await client.ask({ type: 'follow', turn_id: turns[0]?.id })).type, 'start', 'one it follows already')
  turns[1]?.finish()
  await client.frame(({ type }) => type === 'done')
  assert.equal((await client.ask({ type: 'follow', turn_id: one?.id })).type, 'start')
})

test('messages and frames count against the limits of the user', async t => {
  const server = await startSocketServer(t, { limits: { messagesPerMinute: 1, requestsPerMinute: 4 } })
  const client = await connect(t, server.url, { key: 'ada' })
  await client.ask(message)
  client.send({ ...message, ref: 2 })
  const refused = await client.frame(({ ref }) => ref === 2)
  assert.deepEqual([refused.type, refused.code, refused.retryable], ['error', 'rate_limited', true])
  assert.ok(Number(refused.retry_after_ms) > 1_000)
  assert.equal(server.turns.length, 1)
  for (let frame = 0; frame < 2; frame++) assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' })
  const { code, ref } = await client.ask({ type: 'ping', ref: 'last' })
  assert.deepEqual([code, ref], ['rate_limited', 'last'])
})

test('a flood of frames, pings of the protocol among them, is closed with 1008', async t => {
  const server = await startSocketServer(t)
  for (const flood of ['frames', 'pings']) {
    const client = await connect(t, server.url, { key: 'ada' })
    for (let frame = 0; frame < 2_000; frame++) {
      if (flood === 'frames') client.send({ type: 'ping' })
      else client.socket.ping()
    }
    assert.deepEqual(await client.closed, { code: 1008, reason: 'too many frames' })
    assert.ok(client.frames.length < 200)
  }
})

test('a frame over 1 MiB is closed with 1009', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  const { code } = await client.ask(JSON.stringify({ type: 'ping' }).padEnd(1_048_576))
  assert.equal(code, undefined)
  client.send(' '.repeat(1_048_577))
  assert.equal((await client.closed).code, 1009)
})

test('a peer that answers no ping is closed with 4408; one that does stays', async t => {
  const server = await startSocketServer(t, { timing: { pingEveryMs: 250 } })
  const alive = await connect(t, server.url, { key: 'ada' })
  const dead = await connect(t, server.url, { key: 'ada', autoPong: false })
  let pings = 0
  alive.socket.on('ping', () => pings++)
  assert.deepEqual(await dead.closed, { code: 4408, reason: 'no pong' })
  await until('some more pings came', () => pings > 2)
  assert.deepEqual(await alive.ask({ type: 'ping' }), { type: 'pong' })
})

test('a client whose pong we do not read, because too much of it waits, is not taken for dead', async t => {
  const server = await startSocketServer(t, { timing: { pingEveryMs: 250 } })
  const [busy, other] = [await connect(t, server.url, { key: 'ada' }), await connect(t, server.url, { key: 'ada' })]
  const held = Promise.withResolvers<void>()
  server.beforeSend = () => held.promise
  for (let frame = 0; frame < 50; frame++) busy.send(message)
  let pings = 0
  other.socket.on('ping', () => pings++)
  await until('some pings came', () => pings > 2)
  held.resolve()
  await until('all turns have begun', () => server.turns.length === 50)
  assert.deepEqual(await busy.ask({ type: 'ping' }).then(() => busy.socket.readyState), busy.socket.OPEN)
})

test('a client that does not take its close frame is let go of all the same', async t => {
  const server = await startSocketServer(t, { timing: { pingEveryMs: 10, closingMs: 20 } })
  const client = await connect(t, server.url, { key: 'ada' })
  client.socket.pause()
  await until('the connection is gone', () => server.sockets.openSockets() === 0)
})

test('a client that never reads costs its place, not memory, and is closed with 1013', async t => {
  const server = await startSocketServer(t, { timing: { slowMs: 500 } })
  const client = await connect(t, server.url, { key: 'ada' })
  const turn = server.begin('ada')
  const piece = 'x'.repeat(16_384)
  let taken = 0
  let tell = () => {}
  server.feedOf = () => ({
    take: () => [{ type: 'token', turn_id: turn.id, seq: ++taken, content: piece, offset: (taken - 1) * piece.length }],
    ended: false,
    onNews(listener) {
      tell = listener
    },
    close() {},
  })
  client.send({ type: 'follow', turn_id: turn.id })
  await client.frame(() => true)
  client.socket.pause()
  // Once the buffers of the operating system are full, nothing more is taken from the turn, however much there is.
  await until('the socket is full', () => {
    const before = taken
    for (let news = 0; news < 20; news++) tell()
    return taken === before
  })
  const full = taken
  for (let news = 0; news < 10_000; news++) tell()
  assert.equal(taken, full)
  assert.ok(full * piece.length < 64 * 1_048_576)
  // Nor is a frame of its handled, whose answer would have to wait as well.
  for (let frame = 0; frame < 10; frame++) client.send(message)
  await until('it is given up', () => server.lines.some(({ code }) => code === 1013))
  assert.equal(server.openFeeds, 0)
  assert.deepEqual(server.turns, [turn])
  client.socket.resume()
  assert.deepEqual(await client.closed, { code: 1013, reason: 'slow reader' })
})

test('a client that reads late gets what it missed as merged text, and stays', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  await client.ask(message)
  const [turn] = server.turns
  client.socket.pause()
  let said = 'Hi'
  for (let word = 0; word < 400; word++) {
    const text = `${word} `.padEnd(40_000, '.')
    said += text
    turn?.say(text)
  }
  // What a client asks meanwhile is answered once there is room for the answer.
  client.send({ type: 'ping' })
  client.socket.resume()
  await client.frame(({ type }) => type === 'pong')
  const textSoFar = () => client.frames.map(({ type, content }) => (type === 'token' ? content : '')).join('')
  await until('all of it has come', () => textSoFar().length === said.length)
  assert.equal(textSoFar(), said)
  const tokens = client.frames.filter(({ type }) => type === 'token')
  assert.ok(tokens.length < 400, `${tokens.length} frames for 400 tokens`)
})

test('draining closes idle sockets with 1013, the others after their last event, new ones at once', async t => {
  const server = await startSocketServer(t)
  const [idle, busy] = [await connect(t, server.url, { key: 'ada' }), await connect(t, server.url, { key: 'ada' })]
  await busy.ask(message)
  server.sockets.drain()
  assert.deepEqual(await idle.closed, { code: 1013, reason: 'draining' })
  assert.deepEqual(await (await connect(t, server.url, { key: 'ada' })).closed, { code: 1013, reason: 'draining' })
  server.turns[0]?.say(' there')
  server.turns[0]?.finish()
  assert.deepEqual(await busy.closed, { code: 1013, reason: 'draining' })
  assert.equal(busy.frames.at(-1)?.type, 'done')
  assert.equal(busy.frames.find(isError), undefined)
})

test('when the server stops, every socket is closed with 1013 and no turn is stopped', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  await client.ask(message)
  await server.app.close()
  assert.deepEqual(await client.closed, { code: 1013, reason: 'draining' })
  assert.equal(server.sockets.openSockets(), 0)
  assert.equal(server.turns[0]?.stopped, false)
})
