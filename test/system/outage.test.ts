import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Conversation, MessagePage } from '#protocol'
import { countTo, startCountingCluster } from '../support/counting-cluster.ts'
import { createTestDatabase } from '../support/database.ts'
import { atEnd, fileScope, postmasterOf, startServer, until } from '../support/server.ts'
import { readEvents, showTurn } from '../support/turn-reader.ts'

const scope = fileScope()

test('Postgres is killed while answers are written: none is lost, each ends whole, and new ones come', async () => {
  const cluster = await startCountingCluster(scope, 20)
  const server = await startServer(scope, { yaml: cluster.yaml })
  const open = async () => {
    const { id } = Conversation.parse((await server.api('POST', '/conversations', {})).body)
    const shown = showTurn()
    const path = `${server.url}/api/v1/conversations/${id}/messages`
    const reading = readEvents(path, shown, { method: 'POST', body: { content: 'count to 150' } })
    return { id, shown, reading }
  }
  const readers = await Promise.all(Array.from({ length: 20 }, open))
  await until('all show some text', () => readers.every(({ shown }) => shown.text.length > 40))
  const killed = await postmasterOf(server)
  assert.ok(killed)
  process.kill(killed, 'SIGKILL')
  await Promise.all(readers.map(({ reading }) => reading))
  for (const { id, shown } of readers) {
    assert.equal(shown.text, countTo(150))
    assert.ok(shown.end?.type === 'done' && shown.end.finish_reason === 'stop')
    const stored = MessagePage.parse((await server.api('GET', `/conversations/${id}/messages`)).body).data
    assert.deepEqual([stored.length, stored[1]?.content], [2, shown.text])
  }
  assert.notEqual(await postmasterOf(server), killed)
  const after = await open()
  await after.reading
  assert.equal(after.shown.text, countTo(150))
})

test('while Postgres restarts, requests wait for it and are answered; nobody is told of it', async () => {
  const cluster = await startCountingCluster(scope, 1)
  const server = await startServer(scope, { yaml: cluster.yaml })
  const { id } = Conversation.parse((await server.api('POST', '/conversations', {})).body)
  const killed = await postmasterOf(server)
  assert.ok(killed)
  process.kill(killed, 'SIGKILL')
  await until('it is gone', () => !isThere(killed))
  const answers = await Promise.all([
    ...Array.from({ length: 30 }, () => server.api('GET', `/conversations/${id}/messages`)),
    ...Array.from({ length: 10 }, () => server.api('POST', '/conversations', {})),
    server.api('POST', `/conversations/${id}/messages`, { content: 'count to 3' }),
  ])
  assert.deepEqual(
    answers.map(({ status }) => status).filter(status => status !== 200 && status !== 201),
    [],
  )
})

test('connections that an administrator ends, again and again, end no server', async t => {
  const database = await createTestDatabase()
  atEnd(t, database.drop)
  const cluster = await startCountingCluster(scope, 20)
  const env = { DATABASE_URL: database.url, PARLEY_SECRET: 'the-secret-of-the-server-in-this-test' }
  const server = await startServer(t, { yaml: cluster.yaml, env })
  const { id } = Conversation.parse((await server.api('POST', '/conversations', {})).body)
  let ended = 0
  for (let round = 0; round < 20; round++) {
    const reads = Array.from({ length: 20 }, () => server.api('GET', `/conversations/${id}/messages`))
    const asked = server.api('POST', `/conversations/${id}/messages`, { content: 'count to 5' })
    ended += (
      await database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'parley'",
      )
    ).length
    const refused = (await Promise.all(reads)).filter(({ status }) => status !== 200)
    assert.deepEqual(
      refused.map(({ text }) => text),
      [],
    )
    const { status } = await asked
    assert.ok(status === 200 || status === 503, `${status}`)
  }
  assert.ok(ended > 20)
  await until('every question has its answer', async () => {
    const stored = MessagePage.parse((await server.api('GET', `/conversations/${id}/messages?limit=100`)).body).data
    return stored.length % 2 === 0 && stored.every(({ status }) => status === 'done')
  })
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
