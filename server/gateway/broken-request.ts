import { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { IdSource } from '#kit'
import type { Problem } from '#protocol'

/** What is not HTTP never reaches a route; Node hands over the bare socket. */
export function createBrokenRequestHandler(newId: IdSource) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (!socket.writable || isAnswering(socket) || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const [status, title, code, detail] = error.code === 'HPE_HEADER_OVERFLOW' ? tooLarge : notHttp
    const request_id = newId()
    const problem: Problem = { type: `urn:parley:fault:${code}`, title, status, code, detail, request_id }
    const body = JSON.stringify(problem)
    socket.write(
      `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
        `X-Request-Id: ${request_id}\r\nConnection: close\r\n\r\n${body}`,
    )
    // A client that keeps its half open keeps nothing of ours.
    socket.destroySoon()
  }
}

/** Part of an answer has left: nothing can be said in its middle. Node marks it so, and looks here itself. */
const isAnswering = (socket: Socket) =>
  '_httpMessage' in socket && socket._httpMessage instanceof ServerResponse && socket._httpMessage.headersSent

const tooLarge = [431, 'Request Header Fields Too Large', 'too_large', 'The headers are too large.'] as const
const notHttp = [400, 'Bad Request', 'invalid_request', 'This is not a valid HTTP request.'] as const
