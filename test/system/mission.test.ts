import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { ModelPage } from '#protocol'
import {
  fileScope,
  type RunningServer,
  startServer,
  throughNpm,
  unlimited,
  untilNothingIsLeft,
} from '../support/server.ts'
import { newConversation, say } from './talk.ts'

// The mission's own tests, against what `npm start` starts: nothing is configured but the API key, and that one user may
// send as much at once as these tests do.
const file = fileScope()
let server: RunningServer

before(async () => {
  server = await startServer(file, { yaml: unlimited })
})

test('(a) a conversation with gpt-4 answers "Hello, how are you?" with 200 and some text', async () => {
  const created = await server.api('POST', '/conversations', { model: 'gpt-4' })
  assert.equal(created.status, 201)
  const { id } = created.body as { id: string }
  const answer = await server.api('POST', `/conversations/${id}/messages`, { content: 'Hello, how are you?' })
  assert.equal(answer.status, 200)
  const { content } = answer.body as { content: string }
  assert.ok(content.trim().length > 0)
})

test('(c) "My name is Alice" is remembered: ten conversations of ten know the name', async () => {
  const answers: string[] = []
  for (let round = 0; round < 10; round++) {
    const { id } = await newConversation(server, { model: 'gpt-4' })
    await say(server, id, 'My name is Alice')
    answers.push((await say(server, id, 'What is my name?')).content)
  }
  assert.deepEqual(
    answers.filter(answer => !answer.includes('Alice')),
    [],
  )
})

test('an answer says what really served it, whatever name was asked for', async () => {
  const { id } = await newConversation(server, { model: 'gpt-4' })
  const answer = await say(server, id, 'Hi')
  assert.equal(answer.model, 'gpt-4')
  assert.deepEqual(answer.served_by, { model: 'parley-small', cluster: 'embedded/parley-small' })
  assert.equal(answer.status, 'done')
  assert.equal(answer.role, 'assistant')
  assert.ok((answer.tokens ?? 0) > 0)
})

test('the list of models, and the start itself, say that the model is a demo', async () => {
  const { body } = await server.api('GET', '/models')
  const { data } = ModelPage.parse(body)
  assert.deepEqual(
    data.map(({ id, serves, available, notice }) => ({ id, serves, available, notice })),
    ['parley-small', 'gpt-4'].map(id => ({
      id,
      serves: 'parley-small',
      available: true,
      notice: 'Demo model, tiny, offline',
    })),
  )
  assert.match(server.stdout, /model gpt-4 \(Demo model, tiny, offline\)/)
})

test('three chats at once are all answered', async () => {
  const answers = await Promise.all(
    ['Tell me a story', 'Write a short poem', 'Hello!'].map(async content => {
      const { id } = await newConversation(server, { model: 'gpt-4' })
      return say(server, id, content)
    }),
  )
  for (const { status, content } of answers) {
    assert.equal(status, 'done')
    assert.ok(content.trim().length > 0)
  }
})

test('a conversation that names no model, and one that names the model itself, are answered too', async () => {
  for (const body of [{}, { model: 'parley-small' }]) {
    const conversation = await newConversation(server, body)
    assert.equal(conversation.model, 'parley-small')
    assert.notEqual((await say(server, conversation.id, 'Hello')).content, '')
  }
})

test('`npm start` brings up the same, and Ctrl-C ends all of it', async t => {
  const started = await startServer(t, await throughNpm(t))
  const { id } = await newConversation(started, { model: 'gpt-4' })
  assert.notEqual((await say(started, id, 'Hello, how are you?')).content, '')
  const signalledAt = performance.now()
  await started.stop()
  assert.ok(performance.now() - signalledAt < 5_000, 'there is no grace at a terminal')
  assert.match(started.stdout, /^Ending/m)
  await untilNothingIsLeft(started.dataFolder)
})
