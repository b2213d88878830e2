import helmet from '@fastify/helmet'
import { fastify } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Clock, IdSource, Log } from '#kit'
import { serverName } from '#protocol'
import { createAllowedOrigins } from './allowed-origins.ts'
import { answerForNode } from './answer-for-node.ts'
import type { App } from './app.ts'
import { createBrokenRequestHandler } from './broken-request.ts'
import { answerUnknownRoutes } from './method-not-allowed.ts'
import { describeApi } from './openapi.ts'
import { type SendPage, servePage } from './page.ts'
import { createProblemHandler } from './problem.ts'
import { type ApiDeps, registerApi } from './register-api.ts'
import { type OperationsDeps, operationsRoutes } from './routes/operations.ts'
import { isSocketUpgrade, registerWebSocket } from './websocket/socket-route.ts'

export interface GatewayDeps extends Omit<ApiDeps, 'callers'>, Omit<OperationsDeps, 'availableModels' | 'keys'> {
  readonly metrics: OperationsDeps['metrics'] & RequestMetrics
  readonly clock: Clock
  readonly log: Log
  readonly newId: IdSource
  readonly release: string
  /** The folder of the built page; undefined: there is none, and only the API is served. */
  readonly pageFolder: string | undefined
  /** The address people open; undefined: only people at this machine do. */
  readonly publicUrl: URL | undefined
  /** Other sites whose pages may act with a session, as `Origin` names them. */
  readonly corsOrigins: readonly string[]
  /** Addresses of proxies whose `X-Forwarded-*` are believed. */
  readonly trustedProxies: readonly string[]
}

interface RequestMetrics {
  requestAnswered(request: { method: string; route: string; status: number; durationMs: number }): void
}

export interface Gateway {
  /** Listens; returns the address people can open. Fails with the system's error when the port is taken. */
  listen(host: string, port: number): Promise<string>
  openSockets(): number
  /** While running answers may still end: each socket is closed as soon as it follows none of them. */
  drain(): void
  /** Takes no more connections, ends idle ones, and waits for the requests under way, at most five seconds. */
  close(): Promise<void>
}

const bodyLimitBytes = 1_048_576
/** The longest part of a path that stands for something: the name of a cluster, percent-encoded. */
const longestParameter = 2_000
/** How long a client may take to send a request: one that trickles it forever would hold its socket forever. */
const requestMs = 60_000
/** How long a close waits for requests under way: a client that never finishes its own would hold it forever. */
const closeMs = 5_000

export async function createGateway(deps: GatewayDeps): Promise<Gateway> {
  const problemHandler = createProblemHandler(deps.log)
  const app: App = fastify({
    http: {
      requireHostHeader: false, // `answerForNode` looks for it
      shouldUpgradeCallback: isSocketUpgrade,
    },
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestMs,
    routerOptions: { maxParamLength: longestParameter },
    genReqId: deps.newId,
    trustProxy: deps.trustedProxies.length > 0 ? [...deps.trustedProxies] : false,
    forceCloseConnections: 'idle',
    keepAliveTimeout: 72_000, // longer than load balancers keep theirs, so that they close first
    frameworkErrors: (error, request, reply) => problemHandler(error, request, reply),
    clientErrorHandler: createBrokenRequestHandler(deps.newId),
  }).withTypeProvider<ZodTypeProvider>()

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(problemHandler)
  app.decorateRequest('principal', null)
  acceptEmptyBodies(app)
  let sendPage: SendPage | undefined
  answerUnknownRoutes(app, reply => sendPage?.(reply))

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('server', serverName)
  })
  answerForNode(app)
  app.addHook('onResponse', async (request, reply) => {
    const answered = {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    }
    deps.metrics.requestAnswered(answered)
    deps.log.info({ request_id: request.id, ...answered, durationMs: Math.round(reply.elapsedTime) }, 'answered')
  })

  // Swagger's pages bring a policy of their own, made from the hashes of their scripts.
  await app.register(helmet, { contentSecurityPolicy: false, hsts: deps.publicUrl?.protocol === 'https:' })
  if (deps.pageFolder !== undefined) sendPage = await servePage(app, deps.pageFolder)
  await describeApi(app, deps.release, deps.accounts.sessions.cookieName)
  operationsRoutes(app, {
    ...deps,
    keys: deps.accounts.keys,
    availableModels: () => deps.chat.models().filter(model => model.available).length,
  })
  const origins = createAllowedOrigins(deps)
  const callers = { ...deps.accounts, origins }
  const sockets = await registerWebSocket(app, { ...deps, callers })
  await registerApi(app, { ...deps, callers })
  await app.ready()

  return {
    listen: (host, port) => app.listen({ host, port }),
    openSockets: sockets.openSockets,
    drain: sockets.drain,
    async close() {
      // Node closes the connections that are idle now; one that becomes idle later would be kept alive.
      const idle = setInterval(() => app.server.closeIdleConnections(), 50)
      const all = setTimeout(() => app.server.closeAllConnections(), closeMs)
      try {
        await app.close()
      } finally {
        clearInterval(idle)
        clearTimeout(all)
      }
    },
  }
}

/**
 * JSON alone is taken; the framework would read plain text, too. A body that is empty or absent counts as `{}`: every
 * field of some requests is optional.
 */
function acceptEmptyBodies(app: App): void {
  app.removeContentTypeParser('text/plain')
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, {})
    else void parse(request, body.toString(), done)
  })
  app.addHook('preValidation', async request => {
    request.body ??= {}
  })
}
