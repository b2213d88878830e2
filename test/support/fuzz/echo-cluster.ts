import type { IncomingMessage, ServerResponse } from 'node:http'
import { serveCluster } from '../serve-cluster.ts'
import type { Scope } from '../server.ts'

/**
 * A healthy cluster over real HTTP that gives back what it was sent, in two tokens, so that hostile text also takes the
 * way of answers. Unlike the other clusters of the tests it remembers nothing: a fuzz sends too much.
 */
export interface EchoCluster {
  /** A `parley.yaml` with this as the only cluster, and no limits. */
  readonly yaml: string
  /** Answers under way. */
  readonly open: number
}

export const echoModel = 'echo'
/** Longest answer, in UTF-16 units. */
const longest = 2_000

/** `apiKey` is what Parley shows to it, and must show to nobody else. */
export async function startEchoCluster(scope: Scope, apiKey: string): Promise<EchoCluster> {
  let open = 0
  const url = await serveCluster(scope, { id: echoModel, contextTokens: 8_192 }, async (request, response) => {
    open += 1
    response.once('close', () => {
      open -= 1
    })
    const { messages } = await readJson(request)
    answer(response, messages.at(-1)?.content ?? '')
  })
  return {
    yaml: `clusters:
  - { name: echo, url: ${url}, api_key: ${apiKey} }
default_model: ${echoModel}
limits: { messages_per_minute: 0, requests_per_minute: 0, tokens_per_minute: 0, running_turns: 0 }
`,
    get open() {
      return open
    },
  }
}

function answer(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const chunk = (body: object) => response.write(`data: ${JSON.stringify({ id: 'x', ...body })}\n\n`)
  const say = (content: string) => chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
  say('You said: ')
  say(text.slice(0, longest)) // may cut a surrogate pair
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  chunk({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 2 } })
  response.end('data: [DONE]\n\n')
}

async function readJson(request: IncomingMessage): Promise<{ messages: readonly { content: string }[] }> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}
