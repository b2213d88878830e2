import { randomUUID } from 'node:crypto'
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { createBackoff } from './backoff.ts'
import type { Attempt, HistoryWriter } from './history.ts'

export interface Asked {
  readonly operation: Attempt['operation']
  readonly method: string
  /** Below `/api/v1`. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The same for all tries; made where it is left out. */
  readonly request?: string
}

export interface Answer {
  readonly status: number
  /** Parsed; undefined where there was none. */
  readonly body: unknown
}

/** One client's requests. Each try is a connection of its own, as a load balancer likes it, and stands in the history. */
export interface Requests {
  /**
   * Tries until there is an answer that another try would not change. Undefined when the signal aborted before. A
   * connection that breaks and a server that has trouble are no answers.
   */
  call(asked: Asked, signal: AbortSignal): Promise<Answer | undefined>
  /** One try. The response of a 200, to be read; else the status, or what went wrong. */
  open(asked: Asked, signal: AbortSignal): Promise<IncomingMessage | Attempt['outcome']>
  /** Writes down a try that was made elsewhere. */
  tried(attempt: Omit<Attempt, 'type' | 'client' | 'ms'>): void
}

export interface RequestsDeps {
  /** Of the load balancer. */
  readonly url: string
  readonly key: string
  readonly client: number
  readonly history: HistoryWriter
}

/** A server that says nothing for so long is given up. */
const patienceMs = 10_000

const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })

export function createRequests({ url, key, client, history }: RequestsDeps): Requests {
  const tried: Requests['tried'] = attempt =>
    history.write({ type: 'attempt', client, ms: Date.now() - attempt.at, ...attempt })

  async function open(asked: Asked, signal: AbortSignal): Promise<IncomingMessage | Attempt['outcome']> {
    const at = Date.now()
    const about = { at, request: asked.request ?? randomUUID(), operation: asked.operation }
    const response = await send(url, key, asked, signal)
    if (signal.aborted) return 'broken'
    if (typeof response === 'string') {
      tried({ ...about, outcome: response })
      return response
    }
    const status = response.statusCode ?? 0
    if (status < 400) {
      tried({ ...about, outcome: status })
      if (status === 200) return response
      response.resume()
      return status
    }
    const problem = parse(await text(response).catch(() => ''))
    const code = hasCode(problem) ? problem.code : 'unknown'
    tried({ ...about, outcome: status, code })
    return status
  }

  return {
    tried,
    open,
    async call(asked, signal) {
      const named = { ...asked, request: asked.request ?? randomUUID() }
      for (const backoff = createBackoff(); ; ) {
        const at = Date.now()
        const response = await send(url, key, named, signal)
        if (signal.aborted) return undefined
        const about = { at, request: named.request, operation: named.operation }
        if (typeof response === 'string') {
          tried({ ...about, outcome: response })
        } else {
          const said = await text(response).catch(() => undefined)
          const status = response.statusCode ?? 0
          const body = said === undefined ? undefined : parse(said)
          if (said === undefined) tried({ ...about, outcome: 'broken' })
          else tried({ ...about, outcome: status, ...(hasCode(body) && status >= 400 && { code: body.code }) })
          if (said !== undefined && !isPassing(status)) return { status, body }
        }
        if (!(await backoff.wait(signal))) return undefined
      }
    },
  }
}

/** A later try may be answered otherwise. */
export const isPassing = (outcome: Attempt['outcome']): boolean =>
  typeof outcome === 'string' || outcome >= 500 || outcome === 429

function send(
  url: string,
  key: string,
  asked: Asked,
  signal: AbortSignal,
): Promise<IncomingMessage | 'broken' | 'late'> {
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body)
  const options: RequestOptions = {
    method: asked.method,
    agent,
    signal,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...asked.headers,
    },
  }
  return new Promise(resolve => {
    const asking = request(`${url}/api/v1${asked.path}`, options, response => {
      clearTimeout(late)
      response.on('error', () => {}) // what is missing then is seen at the close
      resolve(response)
    })
    const late = setTimeout(() => {
      resolve('late')
      asking.destroy()
    }, patienceMs)
    asking.on('error', () => {
      clearTimeout(late)
      resolve('broken')
    })
    asking.end(body)
  })
}

function parse(said: string): unknown {
  try {
    return JSON.parse(said)
  } catch {
    return undefined
  }
}

const hasCode = (body: unknown): body is { readonly code: string } =>
  typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
