import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Conversation, MessagePage } from '#protocol'
import { countTo, startCountingCluster } from '../support/counting-cluster.ts'
import { fileScope, postmasterOf, startServer, until } from '../support/server.ts'
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
