import { Fault } from '#kit'
import type { App } from './app.ts'

/** Node itself refuses some requests with an empty body (where `requireHostHeader` is not off): here they are answered like all others. */
export function answerForNode(app: App): void {
  // An expectation that a server does not know it may ignore (RFC 9110, 10.1.1).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.headers.host === undefined && raw.httpVersion !== '1.0') {
      throw new Fault('invalid_request', 'The request names no Host.')
    }
  })
}
