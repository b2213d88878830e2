import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { atEnd, fileScope, type RunningServer, startServer } from '../support/server.ts'
import { readEvents, showTurn } from '../support/turn-reader.ts'
import { type StandInCluster, startStandIn } from './stand-in-cluster.ts'
import { addUser, messagesOf, newConversation, problemOf, say } from './talk.ts'

// The contract's table of errors, row by row: every one a problem (RFC 9457) with code, detail and request id.

const file = fileScope()
let database: TestDatabase
let cluster: StandInCluster
let server: RunningServer
let conversationId: string
let messages: string

before(async () => {
  database = await createTestDatabase()
  atEnd(file, database.drop)
  cluster = await startStandIn(file)
  server = await startServer(file, {
    env: { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-errors' },
    yaml: `${cluster.yaml}default_model: stand-in\nmodels:\n  orphan: { serves: nowhere }\n`,
  })
  conversationId = (await newConversation(server, { title: 'An old one' })).id
  messages = `/conversations/${conversationId}/messages`
})

test('a body that is not JSON is 400 invalid_request', async () => {
  for (const body of ['{"content": "half', 'content=Hello', '{"__proto__": {"content": "x"}, "content": "x"}'])
    problemOf(await server.api('POST', messages, body), 400, 'invalid_request')
})

test('a field of the wrong kind is 422 invalid_field, and named', async () => {
  const wrong: readonly (readonly [string, string, unknown, string])[] = [
    ['POST', messages, { content: 5 }, 'content'],
    ['POST', messages, {}, 'content'],
    ['POST', messages, { content: 'Hi', temperature: 3 }, 'temperature'],
    ['POST', messages, { content: 'Hi', max_tokens: 0 }, 'max_tokens'],
    ['POST', messages, { content: 'Hi', parent_id: 'x' }, 'parent_id'],
    ['POST', messages, { content: 'Hi', parent_id: randomUUID() }, 'parent_id'],
    ['POST', messages, [], 'body'],
    ['POST', '/conversations', { title: 'x'.repeat(201) }, 'title'],
    ['PATCH', `/conversations/${conversationId}`, { pinned: 'yes' }, 'pinned'],
    ['GET', '/conversations?limit=101', undefined, 'limit'],
    ['GET', '/conversations?archived=perhaps', undefined, 'archived'],
    ['GET', '/conversations?cursor=bm9uc2Vuc2U', undefined, 'cursor'],
    ['GET', `${messages}?cursor=bm9uc2Vuc2U`, undefined, 'cursor'],
  ]
  for (const [method, path, body, field] of wrong) {
    const problem = problemOf(await server.api(method, path, body), 422, 'invalid_field')
    assert.deepEqual(
      problem.errors?.map(error => error.field),
      [field],
    )
  }
})

test('a message without a visible character is 422', async () => {
  for (const content of ['', ' \n\t', '\u0000'])
    problemOf(await server.api('POST', messages, { content }), 422, 'invalid_field')
})

test('a message may have 256 KiB of UTF-8, a body 1 MiB; more is 413 too_large', async () => {
  const { id } = await newConversation(server)
  await say(server, id, 'é'.repeat(131_072))
  const path = `/conversations/${id}/messages`
  problemOf(await server.api('POST', path, { content: 'é'.repeat(131_073) }), 413, 'too_large')
  problemOf(await server.api('POST', path, { content: 'x'.repeat(1_048_577) }), 413, 'too_large')
  assert.equal((await messagesOf(server, id)).length, 2)
})

test('a body that is not sent as JSON is 415', async () => {
  const answer = await server.api('POST', messages, 'Hello', { 'content-type': 'text/plain' })
  problemOf(answer, 415, 'unsupported_media_type')
})

test('an unknown path is 404, a known one under another method 405 with Allow', async () => {
  problemOf(await server.api('GET', '/nothing'), 404, 'not_found')
  problemOf(await server.api('GET', '/%zz'), 400, 'invalid_request')
  const refused = await server.api('PUT', '/conversations', {})
  problemOf(refused, 405, 'method_not_allowed')
  const allowed = refused.headers.get('allow')?.split(', ') ?? []
  assert.ok(allowed.includes('GET') && allowed.includes('POST') && !allowed.includes('PUT'))
  problemOf(await server.api('DELETE', messages), 405, 'method_not_allowed')
})

test('no key, or one that is unknown, is 401', async () => {
  const keys = ['', 'Basic YTpi', 'Bearer', 'Bearer not-a-key-that-anybody-has-here', `Bearer ${'x'.repeat(5_000)}`]
  for (const authorization of keys) {
    const answer = await server.api('GET', '/conversations', undefined, { authorization })
    problemOf(answer, 401, 'unauthenticated')
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
  }
})

test('an id that is unknown, deleted or malformed is 404', async () => {
  const deleted = (await newConversation(server)).id
  assert.equal((await server.api('DELETE', `/conversations/${deleted}`)).status, 204)
  for (const id of [randomUUID(), 'x', '%00', `${conversationId}0`, "1'--", 'x'.repeat(300)]) {
    problemOf(await server.api('GET', `/conversations/${id}`), 404, 'not_found')
    problemOf(await server.api('PATCH', `/conversations/${id}`, { title: 'x' }), 404, 'not_found')
    problemOf(await server.api('DELETE', `/conversations/${id}`), 404, 'not_found')
    problemOf(await server.api('POST', `/conversations/${id}/restore`), 404, 'not_found')
    problemOf(await server.api('GET', `/conversations/${id}/messages`), 404, 'not_found')
    problemOf(await server.api('POST', `/conversations/${id}/messages`, { content: 'Hi' }), 404, 'not_found')
  }
  problemOf(await server.api('GET', `/conversations/${deleted}`), 404, 'not_found')
  problemOf(await server.api('DELETE', `/conversations/${deleted}`), 404, 'not_found')
  problemOf(await server.api('POST', `/conversations/${deleted}/messages`, { content: 'Hi' }), 404, 'not_found')
})

test("another user's conversation is 404 on every route, and stays as it is", async () => {
  const stranger = await addUser(server, database)
  await say(server, conversationId, 'Mine')
  const [mine, messagesBefore] = [
    (await server.api('GET', `/conversations/${conversationId}`)).body,
    await messagesOf(server, conversationId),
  ]
  const turnId = messagesBefore[0]?.turn_id ?? ''
  const description = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, object> }
  let routes = 0
  for (const [path, methods] of Object.entries(description.paths)) {
    const [, object] = /^\/api\/v1\/(conversations|turns)\/\{/.exec(path) ?? []
    if (object === undefined) continue
    const filled = path
      .replace('/api/v1', '')
      .replace(/\{\w+\}/, object === 'turns' ? turnId : conversationId)
      .replaceAll(/\{\w+\}/g, messagesBefore[1]?.id ?? '')
    for (const method of Object.keys(methods)) {
      const body = ['post', 'patch', 'put'].includes(method) ? { content: 'Hi', title: 'Stolen', value: 1 } : undefined
      problemOf(await stranger.api(method.toUpperCase(), filled, body), 404, 'not_found')
      routes += 1
    }
  }
  assert.ok(routes >= 6)
  assert.deepEqual((await server.api('GET', `/conversations/${conversationId}`)).body, mine)
  assert.deepEqual(await messagesOf(server, conversationId), messagesBefore)
  assert.deepEqual((await stranger.api('GET', '/conversations')).body, { data: [], has_more: false, next_cursor: null })
})

test('a model that nobody knows is 404 model_not_found', async () => {
  const calls: readonly (readonly [string, string, object])[] = [
    ['POST', '/conversations', { model: 'nobody' }],
    ['PATCH', `/conversations/${conversationId}`, { model: 'nobody' }],
    ['POST', messages, { content: 'Hi', model: 'nobody' }],
  ]
  for (const [method, path, body] of calls) problemOf(await server.api(method, path, body), 404, 'model_not_found')
})

test('a model that no cluster serves is 503 model_unavailable with Retry-After, and nothing is stored', async () => {
  const { id } = await newConversation(server, { model: 'orphan' })
  const answer = await server.api('POST', `/conversations/${id}/messages`, { content: 'Hi' })
  problemOf(answer, 503, 'model_unavailable')
  assert.deepEqual(await messagesOf(server, id), [])
})

test("a cluster that fails is 502 generation_failed; the user's message and the text so far are kept", async () => {
  for (const [content, text] of [
    ['fail in the middle', 'Half an ans'],
    ['refuse this', ''],
  ]) {
    const { id } = await newConversation(server)
    const answer = await server.api('POST', `/conversations/${id}/messages`, { content })
    problemOf(answer, 502, 'generation_failed')
    assert.doesNotMatch(answer.text, /upstream-secret|127\.0\.0\.1/)
    assert.deepEqual(
      (await messagesOf(server, id)).map(message => [message.role, message.status, message.content]),
      [
        ['user', 'done', content],
        ['assistant', 'failed', text],
      ],
    )
    assert.equal((await say(server, id, 'And now?')).status, 'done', 'the conversation goes on')
  }
})

test('a turn that failed before its first word tells its end once, also to whoever resumes after it', async () => {
  const { id } = await newConversation(server)
  const shown = showTurn()
  const path = `${server.url}/api/v1/conversations/${id}/messages`
  await readEvents(path, shown, { method: 'POST', body: { content: 'refuse this' } })
  assert.ok(shown.end?.type === 'error')
  const events = `${server.url}/api/v1/turns/${shown.turnId}/events`
  assert.equal(await readEvents(`${events}?after=${shown.seq}`, showTurn()), 204)
  const again = showTurn()
  await readEvents(events, again)
  assert.deepEqual([again.seq, again.end], [shown.seq, shown.end])
})

test('a prompt that no cut makes short enough is 400 context_length_exceeded', async () => {
  const { id } = await newConversation(server)
  const answer = await server.api('POST', `/conversations/${id}/messages`, { content: 'too long for you' })
  problemOf(answer, 400, 'context_length_exceeded')
  assert.deepEqual(
    (await messagesOf(server, id)).map(({ status }) => status),
    ['done', 'failed'],
  )
})
