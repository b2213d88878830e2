import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openStore } from '#store'
import { createTestDatabase, quietLog } from '../support/database.ts'
import { atEnd, startServer, until } from '../support/server.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { messagesOf, newConversation, say } from './talk.ts'

describe('several servers on one database', { concurrency: 2 }, () => {
  test('of two servers on one database the living one goes on with what the dead one ran, and with nothing of its own', async t => {
    const database = await createTestDatabase()
    atEnd(t, database.drop)
    const cluster = await startStandIn(t)
    const env = { DATABASE_URL: database.url, PARLEY_SECRET: 'the-secret-that-both-servers-have' }
    const [doomed, survivor] = await Promise.all([
      startServer(t, { env, yaml: cluster.yaml }),
      startServer(t, { env, yaml: cluster.yaml }),
    ])
    const [theirs, own] = [await newConversation(doomed), await newConversation(survivor)]
    const orphaned = say(doomed, theirs.id, 'wait here').catch(error => error)
    const living = say(survivor, own.id, 'wait there')
    await cluster.begun('wait here')
    const queued = say(doomed, theirs.id, 'Then me').catch(error => error)
    await cluster.begun('wait there')
    await until('the second message is stored', async () => (await messagesOf(survivor, theirs.id)).length === 4)

    doomed.kill('SIGKILL')
    const killedAt = performance.now()
    for (const outcome of await Promise.all([orphaned, queued]))
      assert.ok(outcome instanceof Error, JSON.stringify(outcome))
    const again = await until('the orphan is taken over', () => cluster.generations[2], 25_000)
    assert.ok(performance.now() - killedAt < 20_000)
    again.say('Here you are')
    again.finish()
    const messages = await until('it and its successor are answered', async () => {
      const all = await messagesOf(survivor, theirs.id)
      return all[3]?.status === 'done' && all
    })
    assert.deepEqual(
      messages.map(({ status, content }) => `${status}: ${content}`),
      ['done: wait here', 'done: Here you are', 'done: Then me', 'done: You said: Then me'],
    )
    assert.equal((await messagesOf(survivor, own.id))[1]?.status, 'running', 'its own turn runs on')
    const held = await cluster.begun('wait there')
    held.say('Here I am')
    held.finish()
    assert.equal((await living).content, 'Here I am')
  })

  test('servers that start at the same moment on an empty database all come up, with one admin and one secret', async t => {
    const database = await createTestDatabase()
    atEnd(t, database.drop)
    const { yaml } = await startStandIn(t)
    const env = { DATABASE_URL: database.url, PARLEY_SECRET: 'the-secret-that-all-servers-have-' }
    const start = () => startServer(t, { env, yaml })
    const [first, ...others] = await Promise.all([start(), start(), start(), start()])
    const { id } = await newConversation(first)
    for (const server of others) await say(server, id, 'Hello')
    assert.equal((await messagesOf(first, id)).length, 6, 'each sees what the others wrote')
    const [admins] = await database.query<{ count: string }>("SELECT count(*) FROM users WHERE role = 'admin'")
    assert.equal(admins?.count, '1')
    const [keys] = await database.query<{ count: string }>('SELECT count(*) FROM api_keys WHERE revoked_at IS NULL')
    assert.equal(keys?.count, '1')
  })

  test('the schema is made once, however many begin with it in the same moment', async t => {
    const database = await createTestDatabase()
    atEnd(t, database.drop)
    // Real servers seldom meet as closely as this.
    const open = () => openStore({ connection: database.connection, connections: 2, log: quietLog })
    const stores = await Promise.allSettled(Array.from({ length: 10 }, open))
    const refused = stores.filter(store => store.status === 'rejected').map(({ reason }) => reason)
    for (const store of stores) if (store.status === 'fulfilled') await store.value.close()
    assert.deepEqual(refused, [])
  })
})
