import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Log } from '#kit'
import { answerCompletion } from './answer-completion.ts'
import type { ChatEngine } from './chat-engine.ts'
import { parseCompletionRequest } from './completion-request.ts'
import { RequestError } from './request-error.ts'

export interface ModelServerDeps {
  readonly name: string
  readonly apiKey: string
  readonly engine: ChatEngine
  readonly log: Log
}

/** More than what the gateway lets in, so that a prompt which is too long is told so. */
const longestBodyBytes = 32 * 2 ** 20

/**
 * The HTTP server of one model: `GET /health`, and with the bearer token `GET /v1/models` and
 * `POST /v1/chat/completions`. A client that goes away aborts its generation. Not yet listening.
 */
export function createModelServer({ name, apiKey, engine, log }: ModelServerDeps): Server {
  const key = digest(`Bearer ${apiKey}`)
  const created = Math.floor(Date.now() / 1000)

  const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>>> = {
    async 'GET /v1/models'(_request, response) {
      const { contextTokens, facts } = engine
      const model = {
        id: name,
        object: 'model',
        created,
        owned_by: 'parley',
        max_model_len: contextTokens,
        meta: facts,
      }
      sendJson(response, 200, { object: 'list', data: [model] })
    },
    async 'POST /v1/chat/completions'(request, response) {
      const gone = new AbortController()
      response.once('close', () => gone.abort())
      const completion = parseCompletionRequest(await readBody(request))
      await answerCompletion(completion, { engine, name }, response, gone.signal)
    },
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${request.url?.split('?')[0]}`
    if (route === 'GET /health') return sendJson(response, 200, { status: 'ok' })
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), key))
      throw new RequestError(401, 'The API key is missing or wrong.', { code: 'invalid_api_key' })
    const answer = routes[route]
    if (answer === undefined) throw new RequestError(404, `There is no ${route}.`, { code: 'not_found' })
    await answer(request, response)
  }

  // The caller keeps connections longer than Node's 5 s; one closed under a request would look like a failed generation.
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.destroyed) sendError(response, error, log)
    })
  })
}

/** Compared instead of the keys themselves: equal in length whatever was sent. */
const digest = (text: string) => createHash('sha256').update(text).digest()

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > longestBodyBytes) throw new RequestError(413, 'The body is too large.', { code: 'too_large' })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function sendError(response: ServerResponse, error: unknown, log: Log): void {
  const refused =
    error instanceof RequestError ? error : new RequestError(500, 'The model failed.', { type: 'server_error' })
  if (refused !== error) log.error({ stack: error instanceof Error ? error.stack : undefined }, 'a completion threw')
  if (response.headersSent) {
    response.end(`data: ${JSON.stringify(refused.body)}\n\n`)
    return
  }
  const { retryAfterSeconds } = refused
  sendJson(response, refused.status, refused.body, {
    ...(!response.req.complete && { connection: 'close' }), // the rest of its body is not worth reading
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  })
}
