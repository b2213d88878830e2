import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { KeyAuthenticator } from '#accounts'
import { Fault } from '#kit'
import type { App } from '../app.ts'
import { bearerOf } from '../bearer-key.ts'

export interface OperationsDeps {
  readonly keys: KeyAuthenticator
  readonly readiness: { readonly ready: boolean; readonly draining: boolean; readonly databaseSeen: boolean }
  readonly metrics: { expose(): Promise<{ readonly contentType: string; readonly body: string }> }
  readonly metricsToken: string | undefined
  /** For the body of /readyz; decides nothing. */
  readonly availableModels: () => number
}

/** What load balancers, orchestrators and Prometheus ask. */
export function operationsRoutes(app: App, deps: OperationsDeps): void {
  const { keys, readiness, metrics, metricsToken } = deps

  app.get('/healthz', { schema: { hide: true } }, () => ({ status: 'alive' }))

  app.get('/readyz', { schema: { hide: true } }, (_request, reply) => {
    reply.code(readiness.ready ? 200 : 503)
    return {
      status: readiness.ready ? 'ready' : 'unavailable',
      draining: readiness.draining,
      database: readiness.databaseSeen ? 'seen' : 'not seen for 5 s',
      models_available: deps.availableModels(),
    }
  })

  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (!(await mayReadMetrics(request))) {
      throw new Fault('unauthenticated', 'Send the metrics token or an admin key, or ask from the machine itself.')
    }
    const { contentType, body } = await metrics.expose()
    return reply.type(contentType).send(body)
  })

  async function mayReadMetrics(request: FastifyRequest): Promise<boolean> {
    const token = bearerOf(request)
    if (token !== undefined) {
      if (metricsToken !== undefined && sameText(token, metricsToken)) return true
      return (await keys.authenticate(token))?.admin === true
    }
    // A request that came through a proxy on this machine is loopback, too, but says whom it was forwarded for.
    // Under another name a page elsewhere may have had a browser of this machine ask (DNS rebinding).
    return metricsToken === undefined && isLoopback(request) && !wasForwarded(request) && isAskedByLoopbackName(request)
  }
}

const isLoopback = ({ socket }: FastifyRequest) => /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '')

const isAskedByLoopbackName = ({ hostname }: FastifyRequest) =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)

const wasForwarded = ({ headers }: FastifyRequest) =>
  Object.keys(headers).some(name => name === 'forwarded' || name === 'via' || name.startsWith('x-forwarded-'))

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
