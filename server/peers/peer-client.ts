import { Agent } from 'undici'
import type { Peers } from '#chat'
import type { TurnEvent } from '#protocol'
import { createRequestSigner } from './sign-request.ts'

/** Asks the other processes on this database. */
export interface PeerClient extends Peers {
  close(): Promise<void>
}

/** A process that is there answers at once; one that was stopped does not, though its system accepts connections. */
const connectMs = 500
const headersMs = 1_000
/** Its heart beats every second. */
const silenceMs = 3_000
/** A stop is answered when the turn has ended, for which its owner waits two seconds. */
const stopMs = 3_000

export function createPeerClient(secrets: readonly string[], now: () => number): PeerClient {
  const signer = createRequestSigner(secrets, now)
  const agent = new Agent({ connect: { timeout: connectMs }, headersTimeout: headersMs, bodyTimeout: silenceMs })

  const ask = (method: 'GET' | 'POST', address: string, path: string, signal?: AbortSignal) =>
    agent.request({
      origin: address,
      method,
      path,
      headers: { authorization: signer.sign(method, path) },
      headersTimeout: path.endsWith('/stop') ? stopMs : headersMs,
      signal: signal ?? null,
    })

  async function post(address: string, path: string): Promise<void> {
    const { statusCode, body } = await ask('POST', address, path)
    await body.dump()
    if (statusCode !== 204) throw new Error(`another process answered ${statusCode}`)
  }

  return {
    async follow({ address, userId, turnId, after }, take, signal) {
      const { statusCode, body } = await ask('GET', address, `/turns/${userId}/${turnId}?after=${after}`, signal)
      if (statusCode !== 200) {
        await body.dump()
        if (statusCode === 404) return // it runs there no longer, or not yet
        throw new Error(`another process answered ${statusCode}`)
      }
      let rest = ''
      body.setEncoding('utf8')
      for await (const piece of body) {
        const lines = (rest + piece).split('\n')
        rest = lines.pop() ?? ''
        take(lines.filter(line => line !== '').map((line): TurnEvent => JSON.parse(line)))
      }
    },
    stop: ({ address, userId, turnId }) => post(address, `/turns/${userId}/${turnId}/stop`),
    wake: address => post(address, '/wake'),
    close: () => agent.destroy(),
  }
}
