import type { FastifyReply, FastifyRequest } from 'fastify'
import { Fault } from '#kit'
import type { App } from './app.ts'

/**
 * Answers what no route takes: 405 with `Allow` where the path exists under another method, else 404; to people with a
 * browser by `sendPage`, where it knows how. The framework itself only knows 404, so the paths are gathered here as the
 * routes are registered.
 */
export function answerUnknownRoutes(app: App, sendPage: (reply: FastifyReply) => FastifyReply | undefined): void {
  const routes: { readonly path: RegExp; readonly methods: string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = url.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')
    if (!pattern.includes('*')) routes.push({ path: new RegExp(`^${pattern}$`), methods: [method].flat() })
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/\?.*$/s, '')
    const allowed = routes.filter(route => route.path.test(path)).flatMap(({ methods }) => methods)
    if (allowed.length === 0) {
      const page = isForPeople(request) ? sendPage(reply.code(404)) : undefined
      if (page !== undefined) return page
      throw new Fault('not_found', 'There is nothing at this path.')
    }
    reply.header('allow', [...new Set(allowed)].join(', '))
    throw new Fault('method_not_allowed', `This path takes ${[...new Set(allowed)].join(', ')}.`)
  })
}

/** Somebody typed an address, or followed a link. */
const isForPeople = ({ method, headers, url }: FastifyRequest) =>
  method === 'GET' && !/^\/(api|v1)\//.test(url) && (headers.accept ?? '').includes('text/html')
