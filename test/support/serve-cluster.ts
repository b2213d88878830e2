import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd, type Scope } from './server.ts'

export interface ClusterModel {
  readonly id: string
  readonly contextTokens: number
}

/**
 * A real HTTP server in the place of a cluster, until the end of the scope: it lists one model, and `answer` does the
 * rest. Resolves with its address, up to and including `/v1`.
 */
export async function serveCluster(
  scope: Scope,
  { id, contextTokens }: ClusterModel,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url !== '/v1/models') {
      answer(request, response)
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ object: 'list', data: [{ id, max_model_len: contextTokens }] }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(scope, () => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}
