import type { FastifyRequest } from 'fastify'
import { Fault } from '#kit'

/**
 * From which pages a browser may act with somebody's session. A page of another site can make their browser send the
 * cookie, but not another `Origin` than its own.
 */
export interface AllowedOrigins {
  /** The fault `forbidden` unless the request comes from an allowed page; also without an `Origin`. */
  require(request: FastifyRequest): void
  /** The same, but without an `Origin` it passes: no browser sent it, or it may be read by nobody. */
  requireIfSent(request: FastifyRequest): void
}

export interface AllowedOriginsOptions {
  /** The address people open. Undefined: pages of this machine alone, under the name that the request is for. */
  readonly publicUrl: URL | undefined
  /** Other sites, as `Origin` names them. */
  readonly corsOrigins: readonly string[]
}

export function createAllowedOrigins({ publicUrl, corsOrigins }: AllowedOriginsOptions): AllowedOrigins {
  const known = new Set([...corsOrigins, ...(publicUrl === undefined ? [] : [publicUrl.origin])])

  const isAllowed = ({ headers: { origin, host } }: FastifyRequest) =>
    origin !== undefined && (known.has(origin) || (publicUrl === undefined && isLoopbackOf(origin, host)))

  function require(request: FastifyRequest): void {
    if (!isAllowed(request)) throw new Fault('forbidden', notAllowed)
  }

  return {
    require,
    requireIfSent(request) {
      if (request.headers.origin !== undefined) require(request)
    },
  }
}

const notAllowed =
  "With a session, this may only be asked by a page of this server. If you see this there, its operator must set PARLEY_URL to the address that people open, or name the page's site in `server.cors_origins`."

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Names that no foreign host can have: with another one, whoever holds its DNS could point it at this machine. */
function isLoopbackOf(origin: string, host: string | undefined): boolean {
  const url = URL.parse(origin)
  return url !== null && loopbackNames.has(url.hostname) && url.host === host?.toLowerCase() && url.origin === origin
}
