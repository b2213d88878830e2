import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import { AcceptedTurn, Conversation, ConversationPage } from '#protocol'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { atEnd, fileScope, type RunningServer, startServer, until } from '../support/server.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { type Api, addUser, newConversation, say } from './talk.ts'

const file = fileScope()
let database: TestDatabase
let server: RunningServer

before(async () => {
  database = await createTestDatabase()
  atEnd(file, database.drop)
  const { yaml } = await startStandIn(file)
  const env = { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-conversations' }
  server = await startServer(file, { env, yaml })
})

async function list({ api }: Api, query = ''): Promise<ConversationPage> {
  const answer = await api('GET', `/conversations${query}`)
  assert.equal(answer.status, 200, answer.text)
  return ConversationPage.parse(answer.body)
}

const titles = ({ data }: ConversationPage) => data.map(({ title }) => title)

async function change({ api }: Api, id: string, body: object): Promise<Conversation> {
  const answer = await api('PATCH', `/conversations/${id}`, body)
  assert.equal(answer.status, 200, answer.text)
  return Conversation.parse(answer.body)
}

test('a conversation is created with what is given and sensible values for the rest', async () => {
  const answer = await server.api('POST', '/conversations')
  assert.equal(answer.status, 201)
  const plain = Conversation.parse(answer.body)
  assert.equal(answer.headers.get('location'), `/api/v1/conversations/${plain.id}`)
  assert.partialDeepStrictEqual(plain, {
    title: null,
    model: 'stand-in',
    system_prompt: null,
    project_id: null,
    temporary: false,
    pinned: false,
    archived_at: null,
  })
  assert.ok(Math.abs(Date.parse(plain.created_at) - Date.now()) < 60_000)

  const project_id = randomUUID()
  const given = { model: 'gpt-4', title: ' Tea ', system_prompt: 'Be kind.', project_id, unknown_field: 1 }
  const full = await newConversation(server, given)
  assert.partialDeepStrictEqual(full, { model: 'gpt-4', title: 'Tea', system_prompt: 'Be kind.', project_id })
  assert.deepEqual((await server.api('GET', `/conversations/${full.id}`)).body, full)
})

test('the list has the newest activity first: an answer brings an old conversation to its top', async () => {
  const user = await addUser(server, database)
  const oldest = await newConversation(user, { title: 'A' })
  for (const title of ['B', 'C']) await newConversation(user, { title })
  assert.deepEqual(titles(await list(user)), ['C', 'B', 'A'])
  await say(user, oldest.id, 'Hello')
  assert.deepEqual(titles(await list(user)), ['A', 'C', 'B'])
})

test('pages follow each other by their cursor, and hold every conversation once', async () => {
  const user = await addUser(server, database)
  await Promise.all(Array.from({ length: 7 }, (_, index) => newConversation(user, { title: `${index}` })))
  const all = titles(await list(user))
  const paged: (string | null)[] = []
  let query = '?limit=3'
  for (const [size, more] of [
    [3, true],
    [3, true],
    [1, false],
  ] as const) {
    const page = await list(user, query)
    assert.deepEqual([page.data.length, page.has_more, page.next_cursor !== null], [size, more, more])
    paged.push(...titles(page))
    query = `?limit=3&cursor=${page.next_cursor}`
  }
  assert.deepEqual(paged, all)
  assert.equal(new Set(paged).size, 7)
})

test('title, model, system prompt, project, pin and archive can be changed, each without the others', async () => {
  const created = await newConversation(server, { title: 'Before', system_prompt: 'Old' })
  const project_id = randomUUID()
  const changes = [{ title: 'After' }, { model: 'gpt-4' }, { system_prompt: null }, { project_id }, { pinned: true }]
  let expected: object = created
  for (const one of changes) {
    expected = { ...expected, ...one }
    assert.deepEqual(await change(server, created.id, one), expected)
  }
  assert.deepEqual(await change(server, created.id, {}), expected)
})

test('an archived conversation is found among the archived alone, until it is brought back', async () => {
  const user = await addUser(server, database)
  const { id } = await newConversation(user, { title: 'Put away' })
  await newConversation(user, { title: 'In use' })
  assert.notEqual((await change(user, id, { archived: true })).archived_at, null)
  assert.deepEqual(titles(await list(user)), ['In use'])
  assert.deepEqual(titles(await list(user, '?archived=false')), ['In use'])
  assert.deepEqual(titles(await list(user, '?archived=true')), ['Put away'])
  assert.equal((await change(user, id, { archived: false })).archived_at, null)
  assert.deepEqual(titles(await list(user, '?archived=true')), [])
})

test('a list may be narrowed to one project', async () => {
  const user = await addUser(server, database)
  const project_id = randomUUID()
  await newConversation(user, { title: 'Outside' })
  await newConversation(user, { title: 'Inside', project_id })
  assert.deepEqual(titles(await list(user, `?project_id=${project_id}`)), ['Inside'])
})

test('a temporary conversation is answered but not listed', async () => {
  const user = await addUser(server, database)
  const { id, temporary } = await newConversation(user, { temporary: true })
  assert.equal(temporary, true)
  assert.equal((await say(user, id, 'Hello')).status, 'done')
  assert.deepEqual((await list(user)).data, [])
})

test('a deleted conversation is gone until it is restored, and then as it was', async () => {
  const user = await addUser(server, database)
  const { id } = await newConversation(user, { title: 'Mistake' })
  await say(user, id, 'Hello')
  const before = (await user.api('GET', `/conversations/${id}`)).body
  const deleted = await user.api('DELETE', `/conversations/${id}`)
  assert.deepEqual([deleted.status, deleted.text], [204, ''])
  assert.equal((await user.api('GET', `/conversations/${id}`)).status, 404)
  assert.deepEqual((await list(user)).data, [])
  const restored = await user.api('POST', `/conversations/${id}/restore`)
  assert.equal(restored.status, 200)
  assert.deepEqual(restored.body, before)
  assert.deepEqual(titles(await list(user)), ['Mistake'])
  assert.equal((await user.api('POST', `/conversations/${id}/restore`)).status, 200, 'twice does no harm')
})

test('the turns of a deleted conversation are gone with it, and after 24 hours nothing brings it back', async () => {
  const user = await addUser(server, database)
  const { id } = await newConversation(user)
  const async = { prefer: 'respond-async' }
  const sent = await user.api('POST', `/conversations/${id}/messages`, { content: 'Hello' }, async)
  const turn = `/turns/${AcceptedTurn.parse(sent.body).turn_id}`
  await until('it is answered', async () => (await user.api('GET', turn)).text.includes('"done"'))
  const statuses = () => Promise.all(['', '/events'].map(async of => (await user.api('GET', `${turn}${of}`)).status))
  await user.api('DELETE', `/conversations/${id}`)
  assert.deepEqual(await statuses(), [404, 404])
  await user.api('POST', `/conversations/${id}/restore`)
  assert.deepEqual(await statuses(), [200, 200])

  await user.api('DELETE', `/conversations/${id}`)
  await database.query("UPDATE conversations SET deleted_at = now() - interval '25 hours' WHERE id = $1", [id])
  assert.equal((await user.api('POST', `/conversations/${id}/restore`)).status, 404)
})

test('a title keeps every sign of every script; only U+0000 and halves of signs are mended', async () => {
  const { id, title } = await newConversation(server, { title: 'Grüße 👩‍👩‍👧 日本 \u202eעברית\u0000\ud800!' })
  assert.equal(title, 'Grüße 👩‍👩‍👧 日本 \u202eעברית\ufffd!')
  assert.deepEqual((await change(server, id, { title: '🫖\u0000' })).title, '🫖')
})
