import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { connect } from '../../../test/support/socket-client.ts'
import { startSocketServer } from '../../../test/support/socket-server.ts'

const isOpen = async (client: Awaited<ReturnType<typeof connect>>) =>
  assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' })

test('a key opens a socket in the Bearer header', async t => {
  const { url } = await startSocketServer(t)
  await isOpen(await connect(t, url, { key: 'ada' }))
})

test('a key opens a socket as a subprotocol, which is never sent back', async t => {
  const { url } = await startSocketServer(t)
  for (const protocols of [
    ['parley.v1', 'bearer.ada'],
    ['bearer.ada', 'other', 'parley.v1'],
  ]) {
    const client = await connect(t, url, { protocols })
    assert.equal(client.socket.protocol, 'parley.v1')
    await isOpen(client)
  }
})

test('a key beside no protocol of ours opens nothing, and no protocol is answered', async t => {
  const { url } = await startSocketServer(t)
  const request = get(`${url}/api/v1/ws`, {
    headers: {
      ...upgrade('websocket'),
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'bearer.ada',
    },
  })
  const [response, socket, head] = (await once(request, 'upgrade')) as [IncomingMessage, Socket, Buffer]
  const closeFrame = head.length > 0 ? head : ((await once(socket, 'data')) as [Buffer])[0]
  socket.destroy()
  assert.equal(response.statusCode, 101)
  assert.equal(response.headers['sec-websocket-protocol'], undefined)
  assert.equal(closeFrame.readUInt16BE(2), 4401)
})

test('without a good key a socket is opened, so that browsers can tell, and closed with 4401', async t => {
  const { url } = await startSocketServer(t)
  const attempts = [
    {},
    { key: 'mallory' },
    { protocols: ['parley.v1'] },
    { protocols: ['parley.v1', 'bearer.mallory'] },
    { headers: { cookie: 'session=ada' } },
  ]
  for (const options of attempts) {
    const client = await connect(t, url, options)
    assert.deepEqual(await client.closed, { code: 4401, reason: 'unauthenticated' })
    assert.deepEqual(client.frames, [])
  }
})

test('a key longer than any is not even looked up', async t => {
  const server = await startSocketServer(t)
  server.keys = { get: () => 'ada' }
  const key = 'a'.repeat(1_025)
  for (const options of [{ key }, { protocols: ['parley.v1', `bearer.${key}`] }]) {
    assert.equal((await (await connect(t, server.url, options)).closed).code, 4401)
  }
})

test('a request that is no upgrade is answered in HTTP: 401 without a good key, else 400', async t => {
  const { url } = await startSocketServer(t)
  const call = async (headers: Record<string, string>) => {
    const response = await fetch(`${url}/api/v1/ws?key=ada`, { headers })
    const { code } = (await response.json()) as { code: string }
    return [response.status, code, response.headers.get('content-type')]
  }
  assert.deepEqual(await call({}), [401, 'unauthenticated', 'application/problem+json'])
  assert.deepEqual(await call({ authorization: 'Bearer mallory' }), [
    401,
    'unauthenticated',
    'application/problem+json',
  ])
  assert.deepEqual(await call({ authorization: 'Bearer ada' }), [400, 'invalid_request', 'application/problem+json'])
})

test('an upgrade that is not for a socket means nothing: the request is answered as any other', async t => {
  const { url } = await startSocketServer(t)
  for (const [path, to] of [
    ['/healthz', 'websocket'],
    ['/healthz', 'h2c'],
    ['/api/v1/ws', 'h2c'],
  ] as const) {
    const [response] = (await once(get(`${url}${path}`, { headers: upgrade(to) }), 'response')) as [IncomingMessage]
    assert.equal(response.statusCode, path === '/healthz' ? 200 : 401)
    response.resume()
  }
})

test('a revoked key closes its sockets with 4401, and no others; the turns go on', async t => {
  const server = await startSocketServer(t, { timing: { recheckMs: 10 } })
  const [ada, ben] = [await connect(t, server.url, { key: 'ada' }), await connect(t, server.url, { key: 'ben' })]
  await ada.ask({ conversation_id: crypto.randomUUID(), content: 'Hi' })
  server.keys = new Map([['ben', 'ben']])
  assert.deepEqual(await ada.closed, { code: 4401, reason: 'unauthenticated' })
  await isOpen(ben)
  assert.equal(server.turns[0]?.stopped, false)
})

test('a key that cannot be looked up proves nothing: the socket stays', async t => {
  const server = await startSocketServer(t, { timing: { recheckMs: 5 } })
  const client = await connect(t, server.url, { key: 'ada' })
  const asked = Promise.withResolvers<void>()
  let looks = 0
  server.keys = {
    get() {
      looks += 1
      if (looks === 3) asked.resolve()
      throw new Error('the database is away')
    },
  }
  await asked.promise
  await isOpen(client)
})

const upgrade = (to: string) => ({ connection: 'Upgrade', upgrade: to })
