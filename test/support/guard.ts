import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd, type Scope } from './server.ts'

/** A guard of the mission's interface over real HTTP: `POST /classify {text}`. */
export interface Guard {
  readonly url: string
  /** `nothing`: it fails. */
  answer: 'verdicts' | 'nothing'
}

/** Judges as `judge` says, until the end of the scope. */
export async function startGuard(scope: Scope, judge: (text: string) => object): Promise<Guard> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece
    })
    request.on('end', () => {
      if (guard.answer === 'nothing') response.writeHead(500).end()
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(judge(JSON.parse(body).text)))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  atEnd(scope, async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const guard: Guard = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answer: 'verdicts' }
  return guard
}
