import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Message, MessagePage } from '#protocol'
import { createTestDatabase } from '../support/database.ts'
import { atEnd, fileScope, type RunningServer, startServer, until } from '../support/server.ts'
import { type StandInCluster, startStandIn } from './stand-in-cluster.ts'
import { messagesOf, newConversation, say } from './talk.ts'

const file = fileScope()
let cluster: StandInCluster
let server: RunningServer

before(async () => {
  const database = await createTestDatabase()
  atEnd(file, database.drop)
  cluster = await startStandIn(file)
  const env = { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-messages' }
  server = await startServer(file, { env, yaml: cluster.yaml })
})

/** Of the latest answer: titles are asked for in the background, at any moment. */
const lastAsked = () =>
  cluster.generations.findLast(({ messages }) => !messages[0]?.content.startsWith('Write a title'))
const lastPrompt = () => lastAsked()?.messages.map(({ role, content }) => `${role}: ${content}`)

test('a message and its answer are kept as the tree tells them', async () => {
  const { id } = await newConversation(server)
  const answer = await say(server, id, 'Hello')
  const [question, kept, ...more] = await messagesOf(server, id)
  assert.deepEqual(more, [])
  assert.deepEqual(kept, answer)
  assert.partialDeepStrictEqual(answer, {
    parent_id: question?.id,
    role: 'assistant',
    content: 'You said: Hello',
    model: 'stand-in',
    served_by: { model: 'stand-in', cluster: 'stand-in' },
    tokens: 1,
    status: 'done',
    finish_reason: 'stop',
    cached: false,
  })
  assert.partialDeepStrictEqual(question, {
    parent_id: null,
    turn_id: answer.turn_id,
    role: 'user',
    content: 'Hello',
    model: null,
    served_by: null,
    status: 'done',
  })
})

test('parent_id: omitted it goes on from the last answer, null begins anew, an id makes a branch there', async () => {
  const { id } = await newConversation(server, { system_prompt: 'Be brief.' })
  const first = await say(server, id, 'One')
  await say(server, id, 'Two')
  assert.deepEqual(lastPrompt(), ['system: Be brief.', 'user: One', 'assistant: You said: One', 'user: Two'])
  await say(server, id, 'Anew', { parent_id: null })
  assert.deepEqual(lastPrompt(), ['system: Be brief.', 'user: Anew'])
  await say(server, id, 'Other two', { parent_id: first.id })
  assert.deepEqual(lastPrompt(), ['system: Be brief.', 'user: One', 'assistant: You said: One', 'user: Other two'])
  await say(server, id, 'Three')
  assert.equal(lastPrompt()?.length, 6, 'the new branch is where the conversation goes on')

  const messages = await messagesOf(server, id)
  const contents = new Map(messages.map(message => [message.id, message.content]))
  const edges = messages
    .filter(({ role }) => role === 'user')
    .map(({ content, parent_id }) => [content, parent_id && contents.get(parent_id)])
  assert.deepEqual(edges, [
    ['One', null],
    ['Two', 'You said: One'],
    ['Anew', null],
    ['Other two', 'You said: One'],
    ['Three', 'You said: Other two'],
  ])
})

test('the messages of a conversation come in pages, oldest first', async () => {
  const { id } = await newConversation(server)
  for (const content of ['1', '2', '3']) await say(server, id, content)
  const pages: (readonly string[])[] = []
  let query = '?limit=4'
  for (let more = true; more; ) {
    const page = MessagePage.parse((await server.api('GET', `/conversations/${id}/messages${query}`)).body)
    pages.push(page.data.map(({ content }) => content))
    more = page.has_more
    query = `?limit=4&cursor=${page.next_cursor}`
  }
  assert.deepEqual(pages, [
    ['1', 'You said: 1', '2', 'You said: 2'],
    ['3', 'You said: 3'],
  ])
})

test("a model and its parameters may be set for one message; unset ones have the mission's defaults", async () => {
  const { id } = await newConversation(server)
  await say(server, id, 'Plain')
  assert.partialDeepStrictEqual(lastAsked()?.body, { temperature: 0.7, max_tokens: 4_096, stream: true })
  const answer = await say(server, id, 'Set', { model: 'gpt-4', temperature: 0, max_tokens: 5 })
  assert.partialDeepStrictEqual(lastAsked()?.body, { model: 'stand-in', temperature: 0, max_tokens: 5 })
  assert.equal(answer.model, 'gpt-4')
})

test('a long conversation reaches the model as far as its context goes, with the newest in full', async () => {
  const { id } = await newConversation(server, { system_prompt: 'Be brief.' })
  const long = 'x'.repeat(6_000)
  for (let round = 0; round < 6; round++) await say(server, id, `${round} ${long}`)
  const prompt = lastPrompt() ?? []
  assert.equal(prompt[0], 'system: Be brief.')
  assert.match(prompt.at(-1) ?? '', /^user: 5 x{6000}$/)
  assert.ok(prompt.length > 2 && prompt.length < 12, `${prompt.length} messages`)
})

test('emoji and every script survive; U+0000 is dropped, half of a sign becomes U+FFFD', async () => {
  const { id } = await newConversation(server)
  const content = 'Grüße 👩‍👩‍👧\u0000 日本 \u202eעברית \ud800 e\u0301 🇩🇪'
  const kept = 'Grüße 👩‍👩‍👧 日本 \u202eעברית \ufffd e\u0301 🇩🇪'
  const answer = await say(server, id, content)
  assert.equal(answer.content, `You said: ${kept}`)
  assert.equal((await messagesOf(server, id))[0]?.content, kept)
})

test('an answer whose signs arrive in halves is put together', async () => {
  const { id } = await newConversation(server)
  const answered = say(server, id, 'wait for halves')
  const generation = await cluster.begun('wait for halves')
  for (const piece of ['\ud83e', '\uded6', ' a\u0000b ', '\ud83e', 'c', '\ud83e']) generation.say(piece)
  generation.finish()
  assert.equal((await answered).content, '🫖 ab \ufffdc\ufffd')
})

test('a second message to a running answer waits for it, and knows it', async () => {
  const { id } = await newConversation(server)
  const first = say(server, id, 'wait a little')
  const generation = await cluster.begun('wait a little')
  const second = say(server, id, 'And then?')
  const statuses = (messages: readonly Message[]) => messages.map(({ status }) => status)
  await until('it is queued', async () => (await messagesOf(server, id)).at(-1)?.status === 'queued')
  assert.deepEqual(statuses(await messagesOf(server, id)), ['done', 'running', 'done', 'queued'])
  const aside = await say(server, id, 'Elsewhere', { parent_id: null })
  assert.equal(aside.content, 'You said: Elsewhere', 'another branch need not wait')

  generation.say('First')
  generation.finish()
  assert.equal((await first).content, 'First')
  const answer = await second
  assert.equal(answer.content, 'You said: And then?')
  assert.deepEqual(lastPrompt(), ['user: wait a little', 'assistant: First', 'user: And then?'])
  const messages = await messagesOf(server, id)
  assert.equal(messages.find(message => message.id === answer.parent_id)?.parent_id, (await first).id)
  assert.ok(statuses(messages).every(status => status === 'done'))
})

test('sends that arrive at the same moment are all kept, one after another', async () => {
  const { id } = await newConversation(server)
  const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => say(server, id, `Number ${index}`)))
  const messages = await messagesOf(server, id)
  assert.equal(messages.length, 16)
  assert.deepEqual(
    messages.map(({ parent_id }) => parent_id),
    [null, ...messages.slice(0, -1).map(message => message.id)],
    'one chain without a fork',
  )
  assert.ok(answers.every(({ status }) => status === 'done'))
})

test('an answer without text is an answer, and the conversation goes on', async () => {
  const { id } = await newConversation(server)
  assert.partialDeepStrictEqual(await say(server, id, 'shrug'), { content: '', status: 'done', finish_reason: 'stop' })
  assert.equal((await say(server, id, 'Hello again')).content, 'You said: Hello again')
})
