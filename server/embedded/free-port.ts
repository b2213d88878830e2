import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port of `host` that was free when it was looked for: to be taken at once, for nothing holds it. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a server on a port has one')
  return address.port
}
