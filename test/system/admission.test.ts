import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createTestDatabase } from '../support/database.ts'
import { fileScope, startServer, until } from '../support/server.ts'
import { invite } from './people.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { type Api, addUser, messagesOf, newConversation, problemOf, readTurn, say } from './talk.ts'

/** One cluster that takes two generations at once. */
async function startWithTwoPlaces() {
  const database = await createTestDatabase()
  scope.after(() => database.drop())
  const cluster = await startStandIn(scope)
  const server = await startServer(scope, {
    yaml: `${cluster.yaml}    capacity: 2\n`,
    env: { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-admission' },
  })
  return { database, cluster, server }
}

const scope = fileScope()
const { database, cluster, server } = await startWithTwoPlaces()

/** A conversation that needs no title. */
const named = async (api: Api) => (await newConversation(api, { title: 'Named' })).id

/** Sends a message to a conversation, one of its own if none is named, and does not wait for the answer. */
async function send(api: Api, content: string, conversationId?: string) {
  const id = conversationId ?? (await named(api))
  const startedAt = performance.now()
  const answer = await api.api('POST', `/conversations/${id}/messages`, { content }, { prefer: 'respond-async' })
  return { id, answer, tookMs: performance.now() - startedAt, turnId: (answer.body as { turn_id: string }).turn_id }
}

/** Takes both places for somebody until the test ends. */
async function fillBoth(context: TestContext, api: Api = server) {
  const names = ['wait one', 'wait two'].map(name => `${name} ${context.name}`)
  const turns: { readonly turnId: string }[] = []
  for (const name of names) {
    turns.push(await send(api, name))
    await cluster.begun(name)
  }
  const first = await cluster.begun(names[0] ?? '')
  /** Ends the first of them. */
  const finish = () => {
    first.say('word ')
    first.finish()
  }
  context.after(async () => {
    for (const { turnId } of turns) await api.api('POST', `/turns/${turnId}/stop`)
    await until('nobody is left', async () => (await open()) === 0)
  })
  return { first, finish }
}

const open = async () =>
  (
    await database.query<{ open: number }>(
      "SELECT count(*)::int AS open FROM turns WHERE status IN ('queued', 'running')",
    )
  )[0]?.open

test('who finds all places taken waits, is told the place, and is answered when one is free', async context => {
  const { finish } = await fillBoth(context)
  const first = await send(server, 'First in line')
  const second = await send(server, 'Second in line')
  const events = readTurn(server, second.turnId)
  await until('the place is told', () => /"state":"queued","position":2,"wait_ms":\d+/.test(events.text))
  const clusters = await server.api('GET', '/admin/clusters')
  assert.match(clusters.text, /"waiting":2/, 'and administrators are told how many wait')
  finish()
  await until('the answer is read', () => events.text.includes('You said: Second in line'))
  for (const { id } of [first, second])
    await until('it is answered', async () => (await messagesOf(server, id)).at(-1)?.status === 'done')
})

test('one too many is refused at once, is told when to come again, and nothing of it is stored', async context => {
  const { finish } = await fillBoth(context)
  const turns = []
  let refused = await send(server, 'In line')
  while (refused.answer.status === 202) {
    turns.push(refused)
    refused = await send(server, 'In line')
    assert.ok(turns.length < 50, 'somebody is refused at last')
  }
  problemOf(refused.answer, 503, 'overloaded')
  assert.ok(Number(refused.answer.headers.get('retry-after')) >= 1)
  assert.deepEqual(await messagesOf(server, refused.id), [])
  finish()
  for (const { id } of turns)
    await until('who was admitted is answered', async () => (await messagesOf(server, id)).at(-1)?.status === 'done')
  assert.equal((await say(server, refused.id, 'Again')).content, 'You said: Again')
})

test('one who stops waiting leaves the line at once, and a light user passes a heavy one', async context => {
  const [heavy, light] = [await addUser(server, database), await addUser(server, database)]
  const { first, finish } = await fillBoth(context, heavy)
  for (let said = 0; said < 2_000; said++) first.say('word ')
  const left = await send(heavy, 'wait h1')
  const stopped = await heavy.api('POST', `/turns/${left.turnId}/stop`)
  assert.match(stopped.text, /"status":"stopped"/)

  // Nobody passes one who has waited for long: a second here.
  const [ofHeavy, ofLight] = [await named(heavy), await named(light)]
  await send(heavy, 'wait h2', ofHeavy)
  const { answer, turnId } = await send(light, 'wait l', ofLight)
  assert.equal(answer.status, 202, answer.text)
  await until('both are in line', async () => /"waiting":2/.test((await server.api('GET', '/admin/clusters')).text))
  finish()
  const begun = await cluster.begun('wait l')
  assert.ok(!cluster.generations.some(({ messages }) => /wait h[12]/.test(messages.at(-1)?.content ?? '')))
  begun.finish()
  ;(await cluster.begun('wait h2')).finish()
  assert.equal((await light.api('GET', `/turns/${turnId}`)).status, 200)
})

test("a person's message that waits behind an answer has its place among people's, not among programs'", async context => {
  const person = await invite(server, server, 'Ada')
  const { id } = await newConversation(person)
  const ask = (content: string) => person.api('POST', `/conversations/${id}/messages`, { content })
  const sent = [ask('wait first')]
  const first = await cluster.begun('wait first')
  sent.push(ask('wait second'))
  await until('the second is queued', async () => (await messagesOf(person, id)).at(-1)?.status === 'queued')
  const programs = [await send(server, 'wait p1'), await send(server, 'wait p2')]
  context.after(async () => {
    for (const { turnId } of programs) await server.api('POST', `/turns/${turnId}/stop`)
    await until('nobody is left', async () => (await open()) === 0)
  })
  await cluster.begun('wait p1')
  first.finish()
  const second = await cluster.begun('wait second')
  assert.ok(!cluster.generations.some(({ messages }) => messages.at(-1)?.content === 'wait p2'))
  second.finish()
  for (const answer of await Promise.all(sent)) assert.equal(answer.status, 200, answer.text)
})
