import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd, type Scope } from './server.ts'

/** A cluster over real HTTP whose way to answer may change at any time, and that can be killed and brought back. */
export interface AilingCluster {
  /** Up to and including `/v1`; the same after it was brought back. */
  readonly url: string
  /** How requests for an answer are met from now on. */
  behaviour: Behaviour
  /** What its `GET /models` lists from now on. */
  listing: readonly object[]
  /** The text of its `/metrics` from now on; undefined: it has none. */
  metrics: string | undefined
  /** The requests for an answer so far, oldest first. */
  readonly asked: readonly Asked[]
  /** Closes the listener and breaks every connection: from now on connections are refused. */
  kill(): Promise<void>
  revive(): Promise<void>
}

/** What one request for an answer said. */
export interface Asked {
  /** The last paragraph of its last question: questions that got no answer stand before it in the same text. */
  readonly prompt: string
  /** The answer so far, where the prompt ends with one. */
  readonly said: string
  readonly body: Readonly<Record<string, unknown>>
  /** The client's side of its connection. */
  readonly clientPort: number | undefined
}

export type Behaviour = (response: ServerResponse, asked: Asked) => void

/** The one model it lists. */
export const ailingModel = 'ailing'

/** Listens until the end of the scope. */
export async function startAilingCluster(scope: Scope, behaviour: Behaviour = answers): Promise<AilingCluster> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    if (request.url === '/v1/models') {
      response.end(JSON.stringify({ object: 'list', data: cluster.listing }))
      return
    }
    if (request.url === '/metrics') {
      response.writeHead(cluster.metrics === undefined ? 404 : 200).end(cluster.metrics)
      return
    }
    // A killed cluster's requests break in the middle: nobody is left to be answered.
    void readAsked(request).then(
      one => {
        asked.push(one)
        cluster.behaviour(response, one)
      },
      () => {},
    )
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const cluster: AilingCluster = {
    url: `http://127.0.0.1:${port}/v1`,
    behaviour,
    listing: [{ id: ailingModel, max_model_len: 8_192 }],
    metrics: undefined,
    asked,
    async kill() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
    revive: () => listen(port),
  }
  atEnd(scope, () => {
    server.closeAllConnections()
    server.close()
  })
  return cluster
}

async function readAsked(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = JSON.parse(Buffer.concat(chunks).toString())
  const messages: readonly { role: string; content: string }[] = body.messages
  const prompt =
    messages
      .findLast(({ role }) => role === 'user')
      ?.content.split('\n\n')
      .at(-1) ?? ''
  const last = messages.at(-1)
  const said = last?.role === 'assistant' ? last.content : ''
  return { prompt, said, body, clientPort: request.socket.remotePort }
}

/** What it says when it is well. */
export const answerTo = (prompt: string) => `You said: ${prompt}`

export const piece = (content: string) => data({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
export const finish = data({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
export const usage = data({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } })
export const endMarker = 'data: [DONE]\n\n'
export const openRole = data({
  choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
})

/** Streams what it is given and ends the response. */
export const streams =
  (...parts: readonly string[]): Behaviour =>
  response => {
    begin(response).end(parts.join(''))
  }

/** Streams what it is given and says no more. */
export const stallsAfter =
  (...parts: readonly string[]): Behaviour =>
  response => {
    begin(response).write(parts.join(''))
  }

/** Streams what it is given and breaks the connection behind it. */
export const breaksAfter =
  (...parts: readonly string[]): Behaviour =>
  response => {
    begin(response).write(parts.join(''), () => response.destroy())
  }

/** All that is left of the answer in one write, so that whoever sees its beginning gets its end. */
export const answers: Behaviour = (response, { prompt, said }) => {
  const whole = answerTo(prompt)
  const rest = whole.startsWith(said) ? whole.slice(said.length) : '[this does not go on from the answer so far]'
  begin(response).end(`${openRole}${piece(rest)}${finish}${usage}${endMarker}`)
}

/** How fast a cluster is; what changes holds from then on, for answers that are under way, too. */
export interface Pace {
  firstTokenMs: number
  tokenMs: number
}

/** The answer word by word, as fast as `pace` says at each of them. */
export const answersAtPace =
  (pace: Readonly<Pace>): Behaviour =>
  (response, { prompt, said }) => {
    const words = answerTo(prompt)
      .slice(said.length)
      .split(/(?<= )/)
    const sayNext = () => {
      const word = words.shift()
      if (word === undefined) response.end(`${finish}${usage}${endMarker}`)
      else response.write(piece(word))
      if (!response.writableEnded) setTimeout(sayNext, pace.tokenMs)
    }
    begin(response).write(openRole)
    setTimeout(sayNext, pace.firstTokenMs)
  }

/** Another status than 200, as JSON; `more` are further headers. */
export const refuses =
  (status: number, error: object = {}, more: Readonly<Record<string, string>> = {}): Behaviour =>
  response => {
    response.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify({ error }))
  }

export const staysSilent: Behaviour = () => {}

export const resets: Behaviour = response => {
  response.req.socket.resetAndDestroy()
}

/** A web page in place of a completion, as some proxies send it. */
export const talksGarbage: Behaviour = response => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>data: nothing of use</html>\n\n')
}

export const reportsError = streams(openRole, data({ error: { message: 'upstream-secret', code: 500 } }))

function data(event: object): string {
  return `data: ${JSON.stringify(event)}\n\n`
}

function begin(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/event-stream' })
}
