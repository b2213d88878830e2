import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { Message } from '#protocol'
import {
  adminKey,
  atEnd,
  launchServer,
  postmasterOf,
  type ServerProcess,
  startServer,
  throughNpm,
  until,
  untilNothingIsLeft,
} from '../support/server.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { messagesOf, newConversation, problemOf, say } from './talk.ts'

/** Code 0, and neither a child nor a Postgres is left. */
async function assertOrderlyEnd(server: ServerProcess): Promise<void> {
  assert.deepEqual(await server.exited, { code: 0, signal: null }, server.stderr)
  await untilNothingIsLeft(server.workFolder, server.dataFolder)
}

/** Signals as often as an impatient person does: the server takes two that come at once for one. */
async function untilCutShort<Value>(awaited: Promise<Value>, signal: () => void): Promise<Value> {
  let ended = false
  void awaited.finally(() => {
    ended = true
  })
  await until('the answer is cut short', () => {
    signal()
    return ended
  })
  return awaited
}

const moments: readonly (readonly [string, (server: ServerProcess) => boolean | Promise<boolean>])[] = [
  ['as it says that it starts', server => server.stdout.includes('is starting')],
  [
    'while it makes the database',
    async ({ dataFolder }) => (await readdir(`${dataFolder}/postgres`).catch(() => [])).length > 0,
  ],
  ['as Postgres begins to run', async server => (await postmasterOf(server)) !== undefined],
  ['as the schema is there', server => server.stderr.includes('migrated the database')],
]

describe('the life of a server', { concurrency: 2 }, () => {
  test('SIGTERM: not ready at once, no new work after the grace, but the answer that runs still ends', async t => {
    const cluster = await startStandIn(t)
    const server = await startServer(t, { yaml: cluster.yaml })
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
    const { id } = await newConversation(server)
    const answered = say(server, id, 'wait for me')
    const generation = await cluster.begun('wait for me')

    server.kill('SIGTERM')
    await until('it is not ready', async () => (await fetch(`${server.url}/readyz`)).status === 503)
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
    const other = await newConversation(server)
    assert.equal((await say(server, other.id, 'Quick')).status, 'done', 'who has not noticed yet is still served')
    const refused = await until('new work is refused', async () => {
      const answer = await server.api('POST', `/conversations/${other.id}/messages`, { content: 'Late' })
      return answer.status !== 200 && answer
    })
    problemOf(refused, 503, 'shutting_down')

    generation.say('There you are')
    generation.finish()
    assert.equal((await answered).content, 'There you are')
    await assertOrderlyEnd(server)
  })

  test('Ctrl-C ends an idle server at once', async t => {
    const server = await startServer(t)
    const signalledAt = performance.now()
    server.kill('SIGINT')
    await assertOrderlyEnd(server)
    assert.ok(performance.now() - signalledAt < 5_000)
  })

  test('one Ctrl-C under `npm start` lets the answer that runs end', async t => {
    const cluster = await startStandIn(t)
    const server = await startServer(t, await throughNpm(t, cluster.yaml))
    const { id } = await newConversation(server)
    const answered = say(server, id, 'wait for me')
    const generation = await cluster.begun('wait for me')
    server.kill('SIGINT')
    await until('new work is refused', async () => {
      const { status } = await server.api('POST', `/conversations/${id}/messages`, { content: 'Late', parent_id: null })
      return status === 503
    })
    generation.say('There you are')
    generation.finish()
    assert.equal((await answered).content, 'There you are')
    await server.exited
    await untilNothingIsLeft(server.dataFolder)
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`a second ${signal} cuts an answer short: it is kept as interrupted, with the text so far`, async t => {
      const cluster = await startStandIn(t)
      const server = await startServer(t, { yaml: cluster.yaml })
      const { id } = await newConversation(server)
      const answered = server.api('POST', `/conversations/${id}/messages`, { content: 'wait long' })
      const generation = await cluster.begun('wait long')
      generation.say('The text ')
      generation.say('so far')
      server.kill(signal)
      await until('the first signal is heard', () => server.stdout.includes('Ending'))
      const signalledAt = performance.now()
      const answer = await untilCutShort(answered, () => server.kill(signal))
      assert.equal(answer.status, 200, answer.text)
      const message = Message.parse(answer.body)
      assert.deepEqual(
        [message.content, message.status, message.finish_reason],
        ['The text so far', 'interrupted', 'interrupted'],
      )
      await assertOrderlyEnd(server)
      assert.ok(performance.now() - signalledAt < 10_000)
      assert.ok(generation.abandoned, 'the cluster is told, too')

      const next = await startServer(t, { yaml: cluster.yaml, dataFolder: server.dataFolder })
      assert.deepEqual((await messagesOf(next, id))[1], message)
    })
  }

  test('neither a request that never ends nor a connection kept alive holds up the end', async t => {
    const server = await startServer(t)
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    atEnd(t, () => socket.destroy())
    await once(socket, 'connect')
    const head = [
      'POST /api/v1/conversations HTTP/1.1',
      'Host: parley',
      `Authorization: Bearer ${adminKey}`,
      'Content-Type: application/json',
    ]
    socket.write(`${head.join('\r\n')}\r\nContent-Length: 2\r\n\r\n{}`)
    await once(socket, 'data')
    socket.write(`${head.join('\r\n')}\r\nContent-Length: 100\r\n\r\n{`)
    const signalledAt = performance.now()
    server.kill('SIGINT')
    await assertOrderlyEnd(server)
    assert.ok(performance.now() - signalledAt < 15_000)
  })

  for (const [moment, reached] of moments) {
    test(`SIGTERM during the start, ${moment}, ends it in order`, async t => {
      const server = await launchServer(t)
      await until(moment, () => reached(server))
      server.kill('SIGTERM')
      await assertOrderlyEnd(server)
      assert.doesNotMatch(server.stderr, /"level":"(error|fatal)"/)
    })
  }

  test('a client that hangs up does not stop the answer', async t => {
    const cluster = await startStandIn(t)
    const server = await startServer(t, { yaml: cluster.yaml })
    const { id } = await newConversation(server)
    const client = new AbortController()
    const request = fetch(`${server.url}/api/v1/conversations/${id}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ content: 'wait a while' }),
      signal: client.signal,
    })
    const generation = await cluster.begun('wait a while')
    generation.say('Nobody listens, ')
    client.abort()
    await assert.rejects(request)
    await until('the server has noticed', () => /"msg":"(answered|.*aborted).*"/.test(server.stderr))
    assert.equal((await messagesOf(server, id))[1]?.status, 'running')
    generation.say('but I go on')
    generation.finish()
    const answer = await until('the answer is recorded', async () => {
      const message = (await messagesOf(server, id))[1]
      return message?.status === 'done' && message
    })
    assert.equal(answer.content, 'Nobody listens, but I go on')
    assert.equal(generation.abandoned, false)
  })
})
