import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that systems give to whoever asks for any, so that no connection takes one before it is used. */
const [firstPort, endOfPorts] = [20_000, 32_768]
const mostTries = 50

/** A port of `host` that was free when it was looked for: to be taken at once, for nothing holds it. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = randomInt(firstPort, endOfPorts)
    const server = createServer().listen(port, host)
    try {
      await once(server, 'listening')
    } catch (error) {
      if (tries === mostTries) throw error
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}
