import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { createTestDatabase, quietLog } from '../../test/support/database.ts'
import { createDatabase } from './database.ts'

test('a connection that has gone silent is given up, and the next statement takes another one', async t => {
  const { connection, drop } = await createTestDatabase()
  t.after(drop)
  const silent = await silenceable(`${connection.host}/.s.PGSQL.${connection.port}`)
  t.after(silent.close)
  const way = { ...connection, host: '127.0.0.1', port: silent.port }
  const database = createDatabase({ connection: way, connections: 1, log: quietLog })
  t.after(database.close)
  await database.query('SELECT 1')
  silent.silence()
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const asked = database.query('SELECT 2')
  const refused = assert.rejects(asked, /timeout/)
  await new Promise(resolve => setImmediate(resolve))
  t.mock.timers.tick(15_000)
  await refused
  t.mock.timers.reset()
  assert.deepEqual(await database.query('SELECT 3 AS three'), [{ three: 3 }])
})

/** A way to a database by its Unix socket, which can lose what is on the connections that there are, without a word to either end. */
async function silenceable(path: string) {
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(path)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    port: address.port,
    silence() {
      for (const socket of sockets) socket.unpipe().pause()
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
