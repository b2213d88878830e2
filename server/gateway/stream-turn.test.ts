import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { fastify } from 'fastify'
import type { TurnFeed } from '#chat'
import { until } from '../../test/support/server.ts'
import { streamTurn } from './stream-turn.ts'

test('whoever has gone before the first event leaves nothing behind', async t => {
  let closed = 0
  const feed = { ended: false, take: () => [], onNews() {}, close: () => (closed += 1) } as unknown as TurnFeed
  const server = fastify()
  t.after(() => server.close())
  const asked = Promise.withResolvers<void>()
  server.get('/', async (request, reply) => {
    asked.resolve()
    await once(request.raw.socket, 'close')
    streamTurn(feed, reply)
  })
  await server.listen()
  const address = server.server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const socket = connect(address.port)
  socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
  await asked.promise
  socket.destroy()
  await until('its feed is closed', () => closed > 0)
})
