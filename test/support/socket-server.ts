import { fastify } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { KeyAuthenticator, SessionAuthenticator } from '#accounts'
import { type LogFields, systemClock } from '#kit'
import { createAllowedOrigins } from '../../server/gateway/allowed-origins.ts'
import type { App } from '../../server/gateway/app.ts'
import { createLimits, type UserLimits } from '../../server/gateway/limits/limits.ts'
import { createMemoryMeters } from '../../server/gateway/limits/memory-meters.ts'
import { createProblemHandler } from '../../server/gateway/problem.ts'
import type { WebSockets } from '../../server/gateway/websocket/open-sockets.ts'
import { isSocketUpgrade, registerWebSocket } from '../../server/gateway/websocket/socket-route.ts'
import type { SocketTiming } from '../../server/gateway/websocket/socket-timing.ts'
import { atEnd, type Scope } from './server.ts'
import { createStandInChat, type StandInChat } from './stand-in-chat.ts'

/** The WebSocket edge alone: a real server, on a stand-in for chat. */
export interface SocketServer extends StandInChat {
  readonly url: string
  readonly app: App
  readonly sockets: WebSockets
  /** The keys that work, with their users. What a look at it throws is a failed look-up. */
  keys: { get(key: string): string | undefined }
  /** Every log line so far. */
  readonly lines: readonly (LogFields & { readonly said: string })[]
}

export interface SocketServerOptions {
  readonly limits?: Partial<UserLimits>
  readonly timing?: Partial<SocketTiming>
}

const unlimited: UserLimits = { requestsPerMinute: 0, messagesPerMinute: 0, burst: 0, tokensPerMinute: 0 }

/** Listens until the end of the scope. Ada's key is `ada`, Ben's is `ben`. */
export async function startSocketServer(
  scope: Scope,
  { limits, timing }: SocketServerOptions = {},
): Promise<SocketServer> {
  const standIn = createStandInChat()
  const lines: (LogFields & { readonly said: string })[] = []
  const say = (fields: LogFields, said: string) => lines.push({ ...fields, said })
  const log = { debug: say, info: say, warn: say, error: say }
  const keyAuthenticator: KeyAuthenticator = {
    async authenticate(key) {
      const userId = server.keys.get(key)
      return userId === undefined ? undefined : { userId, admin: false, sessionId: undefined }
    },
  }
  /** Nobody has a session here: those are tested with the whole system. */
  const sessions: SessionAuthenticator = {
    cookieName: 'parley_session',
    isIn: () => false,
    authenticate: async () => undefined,
    prolong: async () => undefined,
  }
  const origins = createAllowedOrigins({ publicUrl: undefined, corsOrigins: [] })
  const app: App = fastify({ http: { shouldUpgradeCallback: isSocketUpgrade } }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(createProblemHandler(log))
  app.decorateRequest('principal', null)
  const sockets = await registerWebSocket(app, {
    chat: standIn.chat,
    callers: { keys: keyAuthenticator, sessions, origins },
    limits: createLimits({ ...unlimited, ...limits }, createMemoryMeters(systemClock)),
    clock: systemClock,
    log,
    ...(timing && { timing }),
  })
  app.get('/healthz', () => ({ status: 'alive' }))
  atEnd(scope, () => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const keys = new Map([
    ['ada', 'ada'],
    ['ben', 'ben'],
  ])
  const server: SocketServer = Object.assign(standIn, { url, app, sockets, keys, lines })
  return server
}
