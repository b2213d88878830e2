import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd, type Scope } from './server.ts'

/** What a web server answers to everything; `silence`: it takes the request and never answers. */
export type Page =
  | 'silence'
  | {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body: string
    }

export interface ServedPage {
  /** With `/v1` at its end. */
  readonly url: string
  readonly port: number
  /** Method and path of each request so far. */
  readonly asked: readonly string[]
}

/** A web server on loopback that answers everything alike, until the end of the scope. */
export async function servePage(scope: Scope, page: Page): Promise<ServedPage> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (page === 'silence') return
    response.writeHead(page.status ?? 200, { 'content-type': 'application/json', ...page.headers }).end(page.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(scope, () => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/v1`, port, asked }
}
