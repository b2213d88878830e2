import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { z } from 'zod'
import { ClusterInfo, PasswordLink, SessionPage, User } from '#protocol'
import { startAilingCluster } from '../support/ailing-cluster.ts'
import { createTestDatabase } from '../support/database.ts'
import { adminKey, atEnd, fileScope, type RunningServer, startServer } from '../support/server.ts'
import { call, password, signedIn, tokenOf } from './people.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { messagesOf, newConversation, say } from './talk.ts'

const file = fileScope()
let server: RunningServer
let description: Description

/** As much of OpenAPI 3.1 as every description must have; what it says beyond that is kept. */
const Response = z.looseObject({
  description: z.string().min(1),
  content: z.record(z.string(), z.looseObject({ schema: z.looseObject({}) })).optional(),
})
const Operation = z.looseObject({
  summary: z.string().min(1),
  tags: z.array(z.string()).min(1),
  parameters: z
    .array(
      z.discriminatedUnion('in', [
        z.looseObject({
          name: z.string(),
          in: z.literal('path'),
          required: z.literal(true),
          schema: z.looseObject({}),
        }),
        z.looseObject({ name: z.string(), in: z.enum(['query', 'header', 'cookie']), schema: z.looseObject({}) }),
      ]),
    )
    .default([]),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.looseObject({}) })) })
    .optional(),
  responses: z.record(z.string().regex(/^([1-5]\d\d|default)$/), Response),
  security: z.array(z.record(z.string(), z.array(z.string()))),
})
const Description = z.looseObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), Operation),
  ),
  components: z.looseObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), z.looseObject({})),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })),
  }),
})
type Description = z.infer<typeof Description>

before(async () => {
  const database = await createTestDatabase()
  atEnd(file, database.drop)
  const { yaml } = await startStandIn(file)
  const env = { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-descriptions' }
  server = await startServer(file, { env, yaml })
  description = Description.parse(await (await fetch(`${server.url}/openapi.json`)).json())
})

const operations = () =>
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )

test('/openapi.json is OpenAPI 3.1: every reference leads somewhere, every place in a path is described', () => {
  const text = JSON.stringify(description)
  const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, target = '']) => target)
  const known = Object.keys(description.components.schemas).map(name => `#/components/schemas/${name}`)
  assert.deepEqual(
    references.filter(target => !known.includes(target)),
    [],
  )
  assert.ok(!text.includes('"nullable"'), 'a word of 3.0')
  for (const { path, method, operation } of operations()) {
    const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const described = operation.parameters.filter(parameter => parameter.in === 'path').map(({ name }) => name)
    assert.deepEqual(described.sort(), places.sort(), `${method} ${path}`)
    assert.ok(
      Object.keys(operation.responses).some(status => status.startsWith('2')),
      `${method} ${path}`,
    )
    for (const scheme of operation.security.flatMap(Object.keys))
      assert.ok(scheme in description.components.securitySchemes, scheme)
  }
})

test('every route that is described exists', async t => {
  const { id } = await newConversation(server)
  const { id: messageId, turn_id } = await say(server, id, 'Hello')
  const [userId, sessionId] = await sessionOfAdmin()
  const cluster = await server.api('POST', '/admin/clusters', { url: (await startAilingCluster(t)).url })
  const objects: Readonly<Record<string, string | null>> = {
    conversations: id,
    turns: turn_id,
    clusters: ClusterInfo.parse(cluster.body).id,
    sessions: sessionId,
    users: userId,
  }
  for (const { path, method } of operations()) {
    const collection = /(\w+)\/\{/.exec(path)?.[1] ?? ''
    const filled = path.replace(/\{\w+\}/, objects[collection] ?? '').replaceAll(/\{\w+\}/g, messageId)
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { content: 'Hi', title: 'Hi', value: 1 } : undefined
    const headers = { authorization: `Bearer ${adminKey}`, ...(body && { 'content-type': 'application/json' }) }
    const { status } = await fetch(`${server.url}${filled}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    assert.ok(status !== 404 && status !== 405, `${method} ${path} answered ${status}`)
    if (method === 'DELETE') await server.api('POST', `${filled.replace('/api/v1', '')}/restore`)
  }
  assert.ok(operations().length >= 9)
})

/** The admin's id, and that of a session of theirs. */
async function sessionOfAdmin(): Promise<[string, string]> {
  const { id } = User.parse((await server.api('GET', '/me')).body)
  const link = PasswordLink.parse((await server.api('POST', `/admin/users/${id}/password-link`)).body)
  signedIn(server, await call(server, 'POST', '/password', { token: tokenOf(link.url), password }))
  const { data } = SessionPage.parse((await server.api('GET', '/sessions')).body)
  return [id, data[0]?.id ?? '']
}

test('answers are as the description says', async () => {
  const conversation = await newConversation(server, { title: 'Described' })
  await say(server, conversation.id, 'Hello')
  const answers: readonly (readonly [string, unknown])[] = [
    ['Conversation', conversation],
    ['ConversationPage', (await server.api('GET', '/conversations')).body],
    ['Message', (await messagesOf(server, conversation.id))[1]],
    ['Instance', (await server.api('GET', '/instance')).body],
    ['User', (await server.api('GET', '/me')).body],
    ['UserPage', (await server.api('GET', '/admin/users')).body],
    ['SessionPage', (await server.api('GET', '/sessions')).body],
    ['ModelPage', (await server.api('GET', '/models')).body],
    ['Problem', (await server.api('GET', '/nothing')).body],
  ]
  for (const [name, answer] of answers) {
    const schema = { $ref: `#/$defs/${name}`, $defs: description.components.schemas }
    const text = JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')
    z.fromJSONSchema(JSON.parse(text)).parse(answer)
  }
})

test('/docs and all it loads come from this server alone', async () => {
  const seen = new Set<string>()
  const waiting = [`${server.url}/docs`]
  for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
    if (seen.has(address)) continue
    seen.add(address)
    const response = await fetch(address)
    assert.equal(response.status, 200, address)
    const type = response.headers.get('content-type') ?? ''
    const text = await response.text()
    const references = type.startsWith('text/html')
      ? [...text.matchAll(/<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)="([^"]+)"/g)]
      : type.startsWith('text/css')
        ? [...text.matchAll(/(?:url\(|@import )["']?([^"')]+)/g)]
        : []
    if (type.startsWith('text/html'))
      assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'self'/)
    for (const [, reference = ''] of references) {
      const target = new URL(reference, response.url)
      if (target.protocol === 'data:') continue
      assert.equal(target.origin, server.url, `${address} loads ${target}`)
      waiting.push(target.href)
    }
  }
  assert.ok(seen.size >= 4, [...seen].join('\n'))
})
