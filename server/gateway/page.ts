import serveStatic from '@fastify/static'
import type { FastifyReply } from 'fastify'
import type { App } from './app.ts'

/**
 * What the page may do: run and load what this server sent, and nothing inline. Images are the exception: those of other
 * hosts are shown when a reader asks for one, so they may come from anywhere over HTTPS.
 */
const policy = Object.entries({
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' https:",
  'font-src': "'self'",
  'worker-src': "'self'",
  'connect-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
})
  .map(([name, sources]) => `${name} ${sources}`)
  .join('; ')

/** The paths that the page answers to, as web/routes.tsx has them. */
const paths = ['/', '/c/:id', '/settings', '/sign-in', '/setup', '/password']

/** Sends the page for a path that it does not know either: it says so better than a problem would. */
export type SendPage = (reply: FastifyReply) => FastifyReply

/** Serves the built page from `folder`, without authentication: what it shows it asks of the API. */
export async function servePage(app: App, folder: string): Promise<SendPage> {
  await app.register(serveStatic, {
    root: folder,
    wildcard: false, // a route for each file, so that nothing else of the disk is ever looked for
    globIgnore: ['**/*.br', '**/*.gz', '.vite/**', 'index.html', 'sources.sha256'],
    index: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => reply.header('cache-control', cacheOf(path)),
  })
  const send: SendPage = reply => reply.header('content-security-policy', policy).sendFile('index.html')
  for (const url of paths) app.get(url, { schema: { hide: true } }, (_request, reply) => send(reply))
  return send
}

/** The names of assets hold a hash of their content; all others are asked for again each time, by their ETag. */
const cacheOf = (path: string) => (/[\\/]assets[\\/]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache')
