import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { before, test } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { adminKey, atEnd, fileScope, type RunningServer, startServer } from '../support/server.ts'
import { type StandInCluster, startStandIn } from './stand-in-cluster.ts'
import { addUser, newConversation, say } from './talk.ts'

// What operators, monitors and log readers see.

const file = fileScope()
let database: TestDatabase
let cluster: StandInCluster
let server: RunningServer
const secret = 'a-secret-for-this-test-of-operations'

before(async () => {
  database = await createTestDatabase()
  atEnd(file, database.drop)
  cluster = await startStandIn(file)
  server = await startServer(file, {
    env: { DATABASE_URL: database.url, PARLEY_SECRET: secret, LOG_LEVEL: 'trace' },
    yaml: cluster.yaml,
  })
})

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.url}${path}`, { headers })

test('/healthz and /readyz answer without a key, and say no more than they must', async () => {
  assert.deepEqual(await (await get('/healthz')).json(), { status: 'alive' })
  const ready = await get('/readyz')
  assert.equal(ready.status, 200)
  assert.partialDeepStrictEqual(await ready.json(), { status: 'ready', draining: false, database: 'seen' })
})

test('/metrics counts, and is open to this machine but to nobody behind a proxy', async () => {
  await say(server, (await newConversation(server)).id, 'Count me')
  const answer = await get('/metrics')
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=/)
  const metrics = await answer.text()
  assert.match(metrics, /^parley_turns_total\{[^}]*status="done"[^}]*\} [1-9]/m)
  assert.match(metrics, /^parley_turns_running 0$/m)
  assert.match(metrics, /^parley_turns_unanswered 0$/m)
  for (const name of ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via'])
    assert.equal((await get('/metrics', { [name]: '192.0.2.1' })).status, 401, name)
})

test("/metrics takes an admin's key, also through a proxy, but nobody else's", async () => {
  const key = (authorization: string) => get('/metrics', { authorization, 'x-forwarded-for': '192.0.2.1' })
  assert.equal((await key(`Bearer ${adminKey}`)).status, 200)
  assert.equal((await key('Bearer some-key-that-nobody-has-at-all')).status, 401)
  const user = await addUser(server, database)
  assert.equal((await user.api('GET', '/../../metrics')).status, 401, 'a key of somebody who is no admin')
})

test('with a metrics token /metrics asks everybody for it', async t => {
  const token = 'a-token-for-prometheus'
  const other = await startServer(t, {
    env: { DATABASE_URL: database.url, PARLEY_SECRET: secret, PARLEY_METRICS_TOKEN: token },
    yaml: cluster.yaml,
  })
  assert.equal((await fetch(`${other.url}/metrics`)).status, 401)
  assert.equal((await fetch(`${other.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).status, 200)
})

test('every answer carries a request id of its own, and the headers that keep a browser careful', async () => {
  const answers = await Promise.all([get('/healthz'), get('/api/v1/models'), get('/nothing')])
  const ids = answers.map(({ headers }) => headers.get('x-request-id'))
  assert.ok(ids.every(id => id !== null) && new Set(ids).size === 3)
  for (const { headers } of answers) assert.equal(headers.get('x-content-type-options'), 'nosniff')
})

test('nothing that people write and no key is ever logged, at any level', async () => {
  const canary = 'Canary-7f3a'
  const secretKey = `${canary}-a-key-that-is-nobodys-but-was-sent`
  const { id } = await newConversation(server, { title: `${canary} title`, system_prompt: `${canary} prompt` })
  const messages = `/conversations/${id}/messages`
  await say(server, id, `${canary} content`)
  await server.api('PATCH', `/conversations/${id}`, { title: `${canary} renamed` })
  const calls: readonly (readonly [string, string, unknown, Record<string, string>?])[] = [
    ['POST', messages, `{"content": "${canary} half`],
    ['POST', messages, { content: `${canary} hot`, temperature: 9 }],
    ['POST', messages, { content: `${canary} model`, model: `${canary}-model` }],
    ['POST', messages, { content: `fail ${canary}` }],
    ['POST', messages, { content: `refuse ${canary}` }],
    ['POST', messages, { content: `too long ${canary}` }],
    ['POST', messages, `${canary} as text`, { 'content-type': 'text/plain' }],
    ['GET', `/conversations?q=${canary}&cursor=${canary}`, undefined],
    ['GET', `/conversations/${canary}`, undefined],
    ['GET', `/${canary}`, undefined],
    ['GET', '/models', undefined, { authorization: `Bearer ${secretKey}` }],
    ['GET', '/models', undefined, { cookie: `session=${canary}`, 'user-agent': canary }],
  ]
  for (const [method, path, body, headers] of calls) await server.api(method, path, body, headers)
  const lines = server.stderr.split('\n').filter(line => line !== '')
  assert.ok(lines.length > calls.length, 'the log is written')
  for (const line of lines) assert.ok(JSON.parse(line).msg, 'every line is JSON with a sentence')
  const said = server.stdout + server.stderr
  for (const secretText of [canary, adminKey, secret, 'upstream-secret'])
    assert.ok(!said.includes(secretText), `${secretText} is in the log`)
})

test('a request that is not HTTP is a problem, too', async () => {
  const { port, hostname } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write('NONSENSE\r\n\r\n')
  const answer = await text(socket)
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json\r\n/)
})
