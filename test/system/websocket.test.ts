import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { TurnEvent } from '#protocol'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { adminKey, atEnd, fileScope, type RunningServer, type Scope, startServer, until } from '../support/server.ts'
import { connect, type Frame, type SocketClient } from '../support/socket-client.ts'
import { showTurn } from '../support/turn-reader.ts'
import { type StandInCluster, startStandIn } from './stand-in-cluster.ts'
import { messagesOf, newConversation } from './talk.ts'

const file = fileScope()
let database: TestDatabase
let cluster: StandInCluster
let server: RunningServer

before(async () => {
  database = await createTestDatabase()
  atEnd(file, database.drop)
  cluster = await startStandIn(file)
  server = await startServer(file, {
    env: { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-sockets' },
    yaml: cluster.yaml,
  })
})

const open = (scope: Scope) => connect(scope, server.url, { key: adminKey })

const isEnd = ({ type }: Frame) => type === 'done' || type === 'error'
const ofTurn = (turnId: unknown) => (frame: Frame) => frame.turn_id === turnId
const isEndOf = (turnId: unknown) => (frame: Frame) => isEnd(frame) && frame.turn_id === turnId

/** Sends a message, and waits for the beginning of its turn. */
async function begin(client: SocketClient, conversationId: string, content: string, more: object = {}) {
  const from = client.frames.length
  client.send({ conversation_id: conversationId, content, ...more })
  const start = await client.frame(({ type }) => type === 'start' || type === 'error', from)
  assert.equal(start.type, 'start', JSON.stringify(start))
  return String(start.turn_id)
}

/** The text that frames amount to, by the contract's rules. */
function textOf(frames: readonly Frame[]): string {
  const shown = showTurn()
  for (const { ref, ...event } of frames) shown.apply(TurnEvent.parse(event))
  return shown.text
}

async function storedText(conversationId: string, turnId: string): Promise<string | undefined> {
  const messages = await messagesOf(server, conversationId)
  return messages.find(({ role, turn_id }) => role === 'assistant' && turn_id === turnId)?.content
}

test('(b) "Write a short poem" over a WebSocket: more than 10 tokens, each within 30 s, until done', async t => {
  const whole = await startServer(t)
  const { id } = await newConversation(whole, { model: 'gpt-4' })
  const client = await connect(t, whole.url, { key: adminKey })
  client.send({ conversation_id: id, content: 'Write a short poem', ref: 'poem' })
  let tokens = 0
  for (let place = 0, ended = false; !ended; place++) {
    const frame = await client.frame(() => true, place) // fails when none comes within 30 s
    if (frame.type === 'token') tokens += 1
    ended = isEnd(frame)
  }
  assert.equal(client.frames.at(-1)?.type, 'done')
  assert.ok(tokens > 10, `${tokens} tokens`)
  assert.equal(client.frames.find(({ type }) => type === 'start')?.ref, 'poem')
  assert.equal(textOf(client.frames), (await messagesOf(whole, id)).at(-1)?.content)
})

test('a reader that comes back with `after` has exactly the stored text, wherever it was cut', async t => {
  const words = ['Über ', '😀 ', 'three ', 'four ', 'five']
  for (let cut = 0; cut <= words.length; cut++) {
    const { id } = await newConversation(server)
    const first = await open(t)
    const turnId = await begin(first, id, `wait for a cut after ${cut}`)
    const held = await cluster.begun(`wait for a cut after ${cut}`)
    for (const word of words.slice(0, cut)) {
      held.say(word)
      await first.frame(({ content }) => content === word)
    }
    first.socket.terminate()
    await first.closed
    for (const word of words.slice(cut)) held.say(word)
    const after = first.frames.findLast(({ seq }) => seq !== undefined)?.seq
    const again = await open(t)
    again.send({ type: 'follow', turn_id: turnId, after })
    held.finish()
    await again.frame(isEnd)
    assert.equal(textOf([...first.frames, ...again.frames]), words.join(''))
    assert.equal(await storedText(id, turnId), words.join(''))
  }
})

test('a turn that has ended is told as a whole; past its end, its last event comes once more', async t => {
  const { id } = await newConversation(server)
  const client = await open(t)
  const turnId = await begin(client, id, 'Hello')
  const end = await client.frame(isEnd)
  await until('it is read from the database', async () => {
    const other = await open(t)
    other.send({ type: 'follow', turn_id: turnId })
    await other.frame(isEnd)
    assert.equal(textOf(other.frames), 'You said: Hello')
    return other.frames.map(({ type }) => type).join() === 'start,snapshot,done'
  })
  assert.deepEqual(await client.ask({ type: 'follow', turn_id: turnId, after: end.seq }), end)
  assert.equal((await client.ask({ type: 'ping' })).type, 'pong', 'and nothing else')
})

test('a turn is stopped before its first token, and in the middle; the text so far is kept', async t => {
  const client = await open(t)
  for (const [prompt, said] of [
    ['wait, and say nothing', ''],
    ['wait, and say half', 'Half an answer'],
  ] as const) {
    const { id } = await newConversation(server)
    const turnId = await begin(client, id, prompt)
    const held = await cluster.begun(prompt)
    if (said !== '') {
      held.say(said)
      await client.frame(({ type, content }) => type === 'token' && content === said)
    }
    client.send({ type: 'stop', turn_id: turnId })
    const end = await client.frame(isEndOf(turnId))
    assert.deepEqual([end.type, end.finish_reason], ['done', 'stopped'])
    assert.equal((end.message as Frame).content, said)
    assert.equal(await storedText(id, turnId), said)
    assert.equal(held.abandoned, true)
  }
})

test('one socket carries two conversations at once', async t => {
  const client = await open(t)
  const talks = await Promise.all(
    ['left', 'right'].map(async side => ({ side, conversation: await newConversation(server) })),
  )
  const running = []
  for (const { side, conversation } of talks) {
    const turnId = await begin(client, conversation.id, `wait, ${side}`, { ref: side })
    running.push({ side, turnId, conversation, held: await cluster.begun(`wait, ${side}`) })
  }
  for (let word = 0; word < 5; word++) {
    for (const { side, held } of running) {
      held.say(`${side}${word} `)
      await client.frame(({ content }) => content === `${side}${word} `)
    }
  }
  for (const { side, turnId, conversation, held } of running.toReversed()) {
    held.finish()
    await client.frame(isEndOf(turnId))
    const frames = client.frames.filter(ofTurn(turnId))
    assert.equal(frames.find(({ type }) => type === 'start')?.ref, side)
    assert.equal(textOf(frames), [0, 1, 2, 3, 4].map(word => `${side}${word} `).join(''))
    assert.equal(await storedText(conversation.id, turnId), textOf(frames))
  }
})

test('an answer that fails ends with an error that carries its place, and keeps what there was', async t => {
  const { id } = await newConversation(server)
  const client = await open(t)
  const turnId = await begin(client, id, 'fail, please')
  const end = await client.frame(isEndOf(turnId))
  assert.deepEqual([end.type, end.code], ['error', 'generation_failed'])
  assert.equal(typeof end.seq, 'number')
  assert.equal(await storedText(id, turnId), 'Half an ans')
})

test('a message that is sent again under its key is the same turn, over REST too; another one is a conflict', async t => {
  const { id } = await newConversation(server)
  const client = await open(t)
  const message = { conversation_id: id, content: 'Hello', idempotency_key: 'once' }
  const first = await begin(client, id, 'Hello', { idempotency_key: 'once' })
  await client.frame(isEndOf(first))
  assert.equal(await begin(client, id, 'Hello', { idempotency_key: 'once', ref: 2 }), first)
  await client.frame(isEndOf(first), client.frames.length - 1)
  const path = `/conversations/${id}/messages`
  const rest = await server.api('POST', path, { content: 'Hello' }, { 'idempotency-key': 'once' })
  assert.equal((rest.body as Frame).turn_id, first)
  const from = client.frames.length
  client.send({ ...message, content: 'Goodbye', ref: 3 })
  const refused = await client.frame(({ type }) => type === 'error', from)
  assert.deepEqual([refused.code, refused.ref, refused.retryable], ['idempotency_conflict', 3, false])
  assert.equal((await messagesOf(server, id)).length, 2)
})

test('bad frames and unknown objects are errors, and the socket stays open', async t => {
  const { id } = await newConversation(server)
  const client = await open(t)
  const nowhere = '0197c0de-0000-7000-8000-00000000dead'
  for (const [frame, code] of [
    ['{', 'invalid_request'],
    [{ conversation_id: id }, 'invalid_field'],
    [{ conversation_id: nowhere, content: 'Hi' }, 'not_found'],
    [{ conversation_id: id, content: 'Hi', parent_id: nowhere }, 'invalid_field'],
    [{ conversation_id: id, content: 'Hi', model: 'no-such-model' }, 'model_not_found'],
    [{ type: 'follow', turn_id: nowhere }, 'not_found'],
    [{ type: 'stop', turn_id: nowhere }, 'not_found'],
  ] as const) {
    assert.equal((await client.ask(frame)).code, code)
  }
  const turnId = await begin(client, id, 'Still here?')
  await client.frame(isEndOf(turnId))
  assert.equal(await storedText(id, turnId), 'You said: Still here?')
})

test('a bad key is closed with 4401, a flood with 1008, a frame over 1 MiB with 1009', async t => {
  const bad = await connect(t, server.url, { protocols: ['parley.v1', 'bearer.not-a-key'] })
  assert.equal((await bad.closed).code, 4401)
  const flood = await open(t)
  for (let frame = 0; frame < 1_000; frame++) flood.send({ type: 'ping' })
  assert.equal((await flood.closed).code, 1008)
  const large = await open(t)
  large.send(' '.repeat(1_048_577))
  assert.equal((await large.closed).code, 1009)
})

test('a revoked key closes its sockets with 4401 within 5 s; the answer is finished all the same', async t => {
  const { id } = await newConversation(server)
  const client = await connect(t, server.url, {
    protocols: ['parley.v1', `bearer.${adminKey}`],
  })
  const turnId = await begin(client, id, 'wait until revoked')
  const held = await cluster.begun('wait until revoked')
  atEnd(t, () => database.query('UPDATE api_keys SET revoked_at = NULL'))
  await database.query('UPDATE api_keys SET revoked_at = now()')
  const revokedAt = performance.now()
  assert.equal((await client.closed).code, 4401)
  assert.ok(performance.now() - revokedAt < 5_000)
  held.say('Finished')
  held.finish()
  await until('the turn is done', async () => {
    const [row] = await database.query<{ status: string }>('SELECT status FROM turns WHERE id = $1', [turnId])
    return row?.status === 'done'
  })
  assert.ok(!server.stderr.includes(adminKey), 'no key is logged')
})

test('a server that stops lets an answer end, and then closes its sockets with 1013', async t => {
  const other = await startServer(t, { yaml: cluster.yaml })
  const [idle, busy] = [await connect(t, other.url, { key: adminKey }), await connect(t, other.url, { key: adminKey })]
  const { id } = await newConversation(other)
  const turnId = await begin(busy, id, 'wait for the end')
  const held = await cluster.begun('wait for the end')
  const stopped = other.stop()
  held.say('The end')
  held.finish()
  const end = await busy.frame(isEndOf(turnId))
  assert.equal((end.message as Frame).content, 'The end')
  assert.equal((await busy.closed).code, 1013)
  assert.equal((await idle.closed).code, 1013)
  assert.deepEqual(await stopped, { code: 0, signal: null })
})
