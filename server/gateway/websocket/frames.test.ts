import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, type Frame } from '../../../test/support/socket-client.ts'
import { startSocketServer } from '../../../test/support/socket-server.ts'

const conversationId = '0197c0de-0000-7000-8000-000000000001'
const unknownId = '0197c0de-0000-7000-8000-00000000dead'
const message = { conversation_id: conversationId, content: 'Hi' }
const isEnd = ({ type }: Frame) => type === 'done'

test('a message is answered by the events of its turn, and `ref` comes back in its start', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  for (const [sent, ref] of [
    [{ ...message, ref: 'mine' }, 'mine'],
    [{ ...message, type: 'message', ref: 7, more: 'is ignored' }, 7],
    [message, undefined],
  ] as const) {
    const start = await client.ask(sent)
    const turn = server.turns.at(-1)
    turn?.say(' there')
    turn?.finish()
    const end = await client.frame(isEnd, client.frames.indexOf(start))
    assert.equal(start.type, 'start')
    assert.equal(start.ref, ref)
    assert.equal(start.turn_id, turn?.id)
    const events = client.frames.slice(client.frames.indexOf(start))
    assert.deepEqual(
      events.map(({ type, seq, content }) => [type, seq, content]),
      [
        ['start', 1, undefined],
        ['token', 2, 'Hi'],
        ['token', 3, ' there'],
        ['done', 4, undefined],
      ],
    )
    assert.equal((end.message as Frame).content, 'Hi there')
  }
  assert.equal(server.openFeeds, 0)
})

test('a frame that is none gets an error, which carries its `ref`, and the socket stays open', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  const bad: [frame: object | string, code: string, more?: object][] = [
    ['', 'invalid_request'],
    ['{"type":"ping"', 'invalid_request'],
    ['[]', 'invalid_request'],
    ['null', 'invalid_request'],
    ['"ping"', 'invalid_request'],
    ['['.repeat(100_000), 'invalid_request'],
    [{ type: 'dance', ref: 1 }, 'invalid_field', { ref: 1 }],
    [{ type: 'constructor' }, 'invalid_field'],
    [{ type: null }, 'invalid_field'],
    [{}, 'invalid_field'],
    [{ ...message, content: 7, ref: 'a' }, 'invalid_field', { ref: 'a' }],
    [{ ...message, content: ' \n' }, 'invalid_field'],
    [{ ...message, temperature: 9 }, 'invalid_field'],
    [{ ...message, parent_id: 'x' }, 'invalid_field'],
    [{ ...message, ref: 'x'.repeat(256) }, 'invalid_field'],
    [{ ...message, ref: { a: 1 } }, 'invalid_field'],
    [{ ...message, idempotency_key: 'x'.repeat(256) }, 'invalid_field'],
    [{ ...message, idempotency_key: '' }, 'invalid_field'],
    [{ ...message, idempotency_key: 'a\0b' }, 'invalid_field'],
    [{ ...message, content: 'ü'.repeat(131_073), ref: 'b' }, 'too_large', { ref: 'b' }],
    [{ ...message, conversation_id: 'nowhere' }, 'not_found'],
    [{ type: 'follow' }, 'invalid_field'],
    [{ type: 'follow', turn_id: 'x', ref: 'c' }, 'not_found', { turn_id: 'x', ref: 'c' }],
    [{ type: 'follow', turn_id: unknownId, after: -1 }, 'invalid_field', { turn_id: unknownId }],
    [{ type: 'follow', turn_id: unknownId }, 'not_found', { turn_id: unknownId }],
    [{ type: 'stop', turn_id: unknownId, ref: 2 }, 'not_found', { turn_id: unknownId, ref: 2 }],
  ]
  for (const [frame, code, more] of bad) {
    const { message: said, ...answer } = await client.ask(frame)
    assert.deepEqual(answer, { type: 'error', code, retryable: false, ...more }, JSON.stringify(frame).slice(0, 100))
    assert.match(String(said), /^\S.{9,}/)
  }
  client.socket.send(Buffer.from('{"type":"ping"}'), { binary: true })
  assert.equal((await client.frame(() => true, client.frames.length)).code, 'invalid_request')
  assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' })
  assert.equal(server.turns.length, 0)
})

test("somebody else's turn is unknown", async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ben' })
  const { id } = server.begin('ada')
  for (const type of ['follow', 'stop']) {
    const { code, turn_id } = await client.ask({ type, turn_id: id })
    assert.deepEqual([code, turn_id], ['not_found', id])
  }
  assert.equal(server.turns[0]?.stopped, false)
})

test('what fails by a bug is an error that tells nothing, and the socket stays open', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  server.beforeSend = () => Promise.reject(new Error('SELECT secret'))
  assert.deepEqual(await client.ask({ ...message, ref: 1 }), {
    type: 'error',
    code: 'internal',
    message: 'Something went wrong on our side.',
    retryable: true,
    ref: 1,
  })
  assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' })
  assert.ok(server.lines.some(({ said }) => said === 'a frame failed by a bug'))
})

test('follow goes on after `after`; a second follow of the same turn takes the place of the first', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  const turn = server.begin('ada')
  for (const word of ['a', 'b', 'c']) turn.say(word)
  client.send({ type: 'follow', turn_id: turn.id, after: 2 })
  await client.frame(({ content }) => content === 'c')
  assert.deepEqual(
    client.frames.map(({ content }) => content),
    ['b', 'c'],
  )
  client.send({ type: 'follow', turn_id: turn.id, after: 3 })
  await client.frame(({ content }) => content === 'c', 2)
  assert.equal(server.openFeeds, 1)
  turn.say('d')
  turn.finish()
  await client.frame(isEnd)
  assert.deepEqual(
    client.frames.map(({ type, content }) => content ?? type),
    ['b', 'c', 'c', 'd', 'done'],
  )
})

test('a follow past the end of a turn gets its last event once more, and nothing else', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  const turn = server.begin('ada')
  turn.say('a')
  turn.finish()
  const end = await client.ask({ type: 'follow', turn_id: turn.id, after: 99 })
  assert.equal(end.type, 'done')
  assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' })
  assert.equal(server.openFeeds, 0)
})

test('a turn that vanishes with its conversation is told as not found', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  const turn = server.begin('ada')
  let tell = () => {}
  let ended = false
  server.feedOf = () => ({
    take: () => [],
    get ended() {
      return ended
    },
    onNews(listener) {
      tell = listener
    },
    close() {},
  })
  client.send({ type: 'follow', turn_id: turn.id })
  await client.ask({ type: 'ping' })
  ended = true
  tell()
  const { code, turn_id } = await client.frame(({ type }) => type === 'error')
  assert.deepEqual([code, turn_id], ['not_found', turn.id])
  assert.equal(server.openFeeds, 0)
})

test('frames are handled in the order in which they came, and a stop does not hold up those behind it', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  const held = Promise.withResolvers<void>()
  server.beforeSend = () => held.promise
  client.send({ ...message, ref: 1 })
  client.send({ type: 'ping' })
  client.send({ ...message, ref: 2 })
  client.send({ type: 'dance', ref: 3 })
  await connect(t, server.url, { key: 'ada' }).then(other => other.ask({ type: 'ping' })) // what was sent has arrived
  assert.deepEqual(client.frames, [])
  held.resolve()
  await client.frame(({ ref }) => ref === 3)
  assert.deepEqual(
    client.frames.filter(({ type }) => type !== 'token').map(({ type, ref }) => ref ?? type),
    [1, 'pong', 2, 3],
  )
  const [first] = server.turns
  server.afterStop = () => new Promise(() => {})
  client.send({ type: 'stop', turn_id: first?.id })
  await client.frame(isEnd)
  assert.equal(first?.stopped, true)
  assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' })
})

test('a client that leaves stops nothing, and nothing is kept for it', async t => {
  const server = await startSocketServer(t)
  const client = await connect(t, server.url, { key: 'ada' })
  await client.ask(message)
  const other = await connect(t, server.url, { key: 'ada' })
  const [turn] = server.turns
  other.send({ type: 'follow', turn_id: turn?.id })
  await other.frame(({ content }) => content === 'Hi')
  assert.equal(server.openFeeds, 2)
  client.socket.close()
  await client.closed
  turn?.say('more')
  await other.frame(({ content }) => content === 'more')
  assert.equal(server.openFeeds, 1)
  assert.equal(server.sockets.openSockets(), 1)
  assert.equal(turn?.stopped, false)
})
