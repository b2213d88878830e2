import type { IncomingMessage } from 'node:http'
import websocket from '@fastify/websocket'
import type { FastifyRequest } from 'fastify'
import type { Principal } from '#accounts'
import type { Chat } from '#chat'
import { type Clock, Fault, type Log } from '#kit'
import type { App } from '../app.ts'
import type { Limits } from '../limits/limits.ts'
import { createRate } from '../limits/rate.ts'
import { type Callers, classOf, howToCall } from '../require-caller.ts'
import { closeCode } from './close-code.ts'
import { openConnection } from './connection.ts'
import { errorFrame } from './error-frame.ts'
import { createOpenSockets, type WebSockets } from './open-sockets.ts'
import { chooseProtocol, socketKeyOf } from './socket-key.ts'
import { type SocketTiming, usualTiming } from './socket-timing.ts'

export interface WebSocketDeps {
  readonly chat: Chat
  readonly callers: Callers
  readonly limits: Limits
  readonly clock: Clock
  readonly log: Log
  readonly timing?: Partial<SocketTiming>
}

const path = '/api/v1/ws'
const mostFrameBytes = 1_048_576
const mostSocketsOfUser = 20
/** Frames of any kind that a client may send at once, and in the long run. More is a flood, whatever they hold. */
const frameBurst = 100
const framesPerMinute = 3_600

/**
 * For the server's option `shouldUpgradeCallback`: of all requests with an `Upgrade` header only those for a socket leave
 * HTTP; to the others, say curl's offer of HTTP/2, the header means nothing.
 */
export function isSocketUpgrade({ method, url = '', headers }: IncomingMessage): boolean {
  return method === 'GET' && url.replace(/\?.*$/s, '') === path && isHandshake(headers)
}

/** One that the library will accept; others stay HTTP, where they are answered with a problem. */
const isHandshake = (headers: IncomingMessage['headers']) =>
  headers.upgrade?.toLowerCase() === 'websocket' &&
  headers['sec-websocket-version'] === '13' &&
  /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')

/**
 * GET /api/v1/ws: one socket carries many conversations. Browsers cannot read how an upgrade was refused, so a client
 * without a good key or session is let in and closed with 4401; so is one too many (1008), and one that comes while draining (1013).
 * A request that is no upgrade gets a problem: 401 without a good key, else 400, since the contract's table has no 426.
 * To be called with the bare app, outside `requireCaller`, after `principal` was decorated.
 */
export async function registerWebSocket(app: App, deps: WebSocketDeps): Promise<WebSockets> {
  const { callers, clock, log } = deps
  const timing = { ...usualTiming, ...deps.timing }
  const flood = createRate({ perMinute: framesPerMinute, burst: frameBurst, clock })
  const sockets = createOpenSockets()
  let opened = 0

  await app.register(websocket, {
    options: { maxPayload: mostFrameBytes, handleProtocols: chooseProtocol, autoPong: false, ...closingAfter(timing) },
    // The library has answered already where the frame was wrong, with 1009 or 1007; else the connection broke.
    errorHandler: (error, _socket, request) => log.debug({ request_id: request.id, error }, 'a socket failed'),
    preClose: sockets.closeAll,
  })

  app.route({
    method: 'GET',
    url: path,
    exposeHeadRoute: false,
    schema: { hide: true }, // OpenAPI has no words for frames, and a generated client could do nothing with it
    async onRequest(request) {
      request.principal = (await identify(callers, request)) ?? null
    },
    handler(request) {
      if (request.principal === null) throw new Fault('unauthenticated', howToCall)
      throw new Fault(
        'invalid_request',
        'This path wants a WebSocket: send `Connection: Upgrade`, `Upgrade: websocket`.',
      )
    },
    wsHandler(socket, request) {
      const { principal } = request
      if (principal === null) {
        socket.close(closeCode.unauthenticated, 'unauthenticated')
        return
      }
      if (sockets.draining) {
        socket.close(closeCode.tryAgainLater, 'draining')
        return
      }
      const { userId } = principal
      if (sockets.of(userId) >= mostSocketsOfUser) {
        socket.send(JSON.stringify(errorFrame(tooManySockets())))
        socket.close(closeCode.flood, 'too many sockets')
        return
      }
      const serial = String(opened++)
      const connection = openConnection({
        ...deps,
        timing,
        socket,
        connection: request.raw.socket,
        userId,
        class: classOf(principal),
        requestId: request.id,
        stillWelcome: async () => (await identify(callers, request)) !== undefined,
        mayReceive: () => flood.spend(serial).allowed,
      })
      sockets.add(userId, connection)
    },
  })
  return sockets
}

/**
 * Who asks for a socket. Pages of any site may open one, and browsers send the cookie with it: without a key the origin
 * must be an allowed one, else the fault `forbidden` comes before the upgrade.
 */
async function identify({ keys, sessions, origins }: Callers, request: FastifyRequest): Promise<Principal | undefined> {
  const key = socketKeyOf(request)
  if (key !== undefined) return keys.authenticate(key)
  const { cookie } = request.headers
  if (!sessions.isIn(cookie)) return undefined
  origins.require(request)
  return sessions.authenticate(cookie)
}

/** The library's own option, which its types do not know yet. */
const closingAfter = ({ closingMs }: SocketTiming) => ({ closeTimeout: closingMs })

const tooManySockets = () =>
  new Fault('rate_limited', `You have ${mostSocketsOfUser} sockets open, and one can carry all your conversations.`)
