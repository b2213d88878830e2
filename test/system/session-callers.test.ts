import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { before, describe, test } from 'node:test'
import { createTestDatabase } from '../support/database.ts'
import { adminKey, atEnd, fileScope, type RunningServer, startServer } from '../support/server.ts'
import { connect } from '../support/socket-client.ts'
import { call, invite, type Person, password, setUp, signedIn, signIn, throughProxies } from './people.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { messagesOf, newConversation, problemOf, say } from './talk.ts'

const file = fileScope()
let server: RunningServer
/** On the same database, under an address that is https. */
let published: RunningServer
let ada: Person

const publicUrl = 'https://chat.example.com'
const sister = 'https://sister.example.org'

before(async () => {
  const database = await createTestDatabase()
  atEnd(file, database.drop)
  const cluster = await startStandIn(file)
  const env = { DATABASE_URL: database.url, PARLEY_SECRET: 'the-secret-that-signs-the-sessions' }
  server = await startServer(file, {
    env: { ...env, PARLEY_ADMIN_KEY: undefined },
    yaml: cluster.yaml + throughProxies,
  })
  ada = await setUp(server)
  const yaml = `${cluster.yaml}server: { trusted_proxies: [loopback], cors_origins: ['${sister}'] }\n`
  published = await startServer(file, { env: { ...env, PARLEY_URL: publicUrl }, yaml })
})

/** Every call that may change something, by whether it asks for a session. */
const unsafe = [
  ['POST', '/conversations', {}],
  ['PATCH', '/me', { name: 'Eve' }],
  ['POST', '/me/password', { current_password: password, new_password: 'the password of Eve' }],
  ['DELETE', '/sessions/1', undefined],
  ['POST', '/admin/users', { name: 'Eve', email: 'eve@example.com' }],
  ['POST', '/admin/users/1/password-link', undefined],
  ['PATCH', '/admin/clusters/stand-in', { state: 'disabled' }],
] as const
const open = [
  ['POST', '/setup', { token: 'x', name: 'Eve', email: 'eve@example.com', password }],
  ['POST', '/sign-in', { email: 'ada@example.com', password }],
  ['POST', '/sign-out', undefined],
  ['POST', '/password', { token: 'x', password }],
] as const

const strange = ['https://evil.example', 'null', 'http://localhost:1', 'https://chat.example.com.evil.example']

describe('callers with a session', () => {
  test('a session calls and streams as a key does', async () => {
    const conversation = await newConversation(ada)
    assert.equal((await say(ada, conversation.id, 'Hello')).content, 'You said: Hello')
    const [question] = await messagesOf(ada, conversation.id)
    const stream = await fetch(`${server.url}/api/v1/turns/${question?.turn_id}/events`, {
      headers: { cookie: ada.cookie },
    })
    assert.match(await stream.text(), /event: done/)
    problemOf(await call(server, 'GET', '/models', undefined, { cookie: 'parley_session=x.y' }), 401, 'unauthenticated')
  })

  test('a page of another site changes nothing with the session of its visitor', async () => {
    for (const origin of [...strange, undefined])
      for (const [method, path, body] of unsafe)
        problemOf(
          await call(server, method, path, body, { cookie: ada.cookie, ...(origin !== undefined && { origin }) }),
          403,
          'forbidden',
        )
    for (const origin of strange)
      for (const [method, path, body] of open)
        problemOf(await call(server, method, path, body, { cookie: ada.cookie, origin }), 403, 'forbidden')
    assert.equal((await ada.api('GET', '/me')).status, 200, 'still signed in, under the same password')
    signedIn(server, await signIn(server, 'ada@example.com'))
  })

  test('what may change something is asked by the page that PARLEY_URL or cors_origins name, and by no other', async () => {
    const answer = await signIn(published, 'ada@example.com')
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const from = (origin: string) => call(published, 'POST', '/conversations', {}, { cookie, origin })
    assert.equal((await from(publicUrl)).status, 201)
    assert.equal((await from(sister)).status, 201)
    const refused = problemOf(await from(published.url), 403, 'forbidden')
    assert.match(refused.detail, /PARLEY_URL/)
    assert.equal((await call(published, 'GET', '/me', undefined, { cookie })).status, 200, 'reading needs no origin')
  })

  test('without PARLEY_URL a page of this machine may ask, under the name that it asks for', async () => {
    const port = new URL(server.url).port
    const named = { url: `http://localhost:${port}` }
    const from = (origin: string) => call(named, 'POST', '/conversations', {}, { cookie: ada.cookie, origin })
    assert.equal((await from(named.url)).status, 201)
    problemOf(await from(server.url), 403, 'forbidden')
  })

  test('a key wins over a cookie, and needs no origin', async () => {
    const carried = { cookie: 'parley_session=wrong', origin: 'https://evil.example' }
    const answer = await published.api('POST', '/conversations', {}, carried)
    assert.equal(answer.status, 201)
    const withWrongKey = await fetch(`${server.url}/api/v1/me`, {
      headers: { cookie: ada.cookie, authorization: `Bearer ${adminKey}-not` },
    })
    assert.equal(withWrongKey.status, 401)
  })

  test('the cookie is kept from scripts and other sites; over https it never travels in the clear', async () => {
    const cookieOf = async (from: RunningServer) =>
      (await signIn(from, 'ada@example.com')).headers.getSetCookie().map(cookie => cookie.replace(/=[^;]+/, '=...'))
    assert.deepEqual(await cookieOf(server), ['parley_session=...; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax'])
    assert.deepEqual(await cookieOf(published), [
      '__Host-parley_session=...; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax; Secure',
    ])
  })

  test('a cookie with another signature is nobody, whatever session it names', async () => {
    const [token] = decodeURIComponent(ada.cookie.split('=')[1] ?? '').split('.')
    for (const signature of [`${'A'.repeat(43)}=`, '', 'x'])
      problemOf(
        await call(server, 'GET', '/me', undefined, {
          cookie: `parley_session=${encodeURIComponent(`${token}.${signature}`)}`,
        }),
        401,
        'unauthenticated',
      )
  })

  test('a WebSocket opens with a session from an allowed page; from any other it gets 403 before the upgrade', async t => {
    const client = await connect(t, server.url, { headers: { cookie: ada.cookie }, origin: server.url })
    const { id } = await newConversation(ada)
    client.send({ conversation_id: id, content: 'Over the socket' })
    const done = await client.frame(({ type }) => type === 'done')
    assert.equal(done.type, 'done')
    for (const origin of [...strange, undefined]) {
      const [response] = (await once(
        get(`${server.url}/api/v1/ws`, {
          headers: { ...upgrade, cookie: ada.cookie, ...(origin !== undefined && { origin }) },
        }),
        'response',
      )) as [IncomingMessage]
      response.resume()
      assert.equal(response.statusCode, 403, String(origin))
    }
    const keyed = await connect(t, published.url, { key: adminKey, headers: { cookie: ada.cookie }, origin: sister })
    assert.deepEqual(await keyed.ask({ type: 'ping' }), { type: 'pong' })
  })

  test('signing out closes the sockets of the session within 5 s, and only those', async t => {
    const person = await invite(server, ada, 'Grace')
    const elsewhere = signedIn(server, await signIn(server, 'grace@example.com'))
    const [ended, stays] = await Promise.all(
      [person, elsewhere].map(({ cookie }) => connect(t, server.url, { headers: { cookie }, origin: server.url })),
    )
    await person.api('POST', '/sign-out')
    const signedOutAt = performance.now()
    assert.deepEqual(await ended?.closed, { code: 4401, reason: 'unauthenticated' })
    assert.ok(performance.now() - signedOutAt < 5_000)
    assert.deepEqual(await stays?.ask({ type: 'ping' }), { type: 'pong' })
  })
})

const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
}
