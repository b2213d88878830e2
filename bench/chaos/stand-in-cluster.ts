/**
 * A process that stands in for a cluster: OpenAI-compatible, one model, each question its own answer at its own pace. A
 * prompt that ends with an answer so far is gone on with exactly there, as vLLM does when it is told to.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { answerParent } from '../worker-process.ts'
import { answerTo, standInModel } from './answer-text.ts'

/** What the parent sends: where to listen at first, then questions about what happened, or what to do to all generations. */
export type ClusterQuestion =
  | { readonly do: 'listen'; readonly port: number }
  /** Nothing ends: each waits before its last token until it is let go on. */
  | { readonly do: 'hold' | 'let go on' }
  | { readonly do: 'tell'; readonly question: string }
  | { readonly do: 'break off'; readonly by: 'closing' | 'ending' | 'an error' }

/** What the parent gets: how the generation of that question ended, if it was cut off. */
export interface ClusterAnswer {
  /** By the clock; undefined while it runs, or where it came to its end. */
  readonly cutAt: number | undefined
  /** Generations under way. */
  readonly streams: number
}

interface Stream {
  readonly response: ServerResponse
  /** What is still to be said, in pieces. */
  readonly rest: string[]
  readonly betweenMs: number
  dueMs: number
}

const tickMs = 10
const streams = new Set<Stream>()
let held = false
/** When the socket of a generation was closed before its end, by its question. */
const cuts = new Map<string, number>()

answerParent(async (asked: ClusterQuestion): Promise<ClusterAnswer> => {
  if (asked.do === 'listen') await listen(asked.port)
  if (asked.do === 'hold' || asked.do === 'let go on') held = asked.do === 'hold'
  const underWay = streams.size
  if (asked.do === 'break off') for (const { response } of streams) breakOff(response, asked.by)
  return { cutAt: asked.do === 'tell' ? cuts.get(asked.question) : undefined, streams: underWay }
})

function breakOff(response: ServerResponse, by: 'closing' | 'ending' | 'an error'): void {
  if (by === 'closing') response.destroy()
  else response.end(by === 'an error' ? frame({ error: { message: 'out of memory', code: 500 } }) : undefined)
}

async function listen(port: number): Promise<void> {
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    if (request.url === '/v1/models') {
      response.setHeader('content-type', 'application/json')
      const model = { id: standInModel, owned_by: 'vllm', max_model_len: 131_072 }
      response.end(JSON.stringify({ object: 'list', data: [model] }))
      return
    }
    if (request.method !== 'POST') {
      response.writeHead(404).end() // it has no metrics
      return
    }
    let text = ''
    request.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    request.on('end', () => begin(text, response))
  })
  server.listen(port, '127.0.0.1', 4_096)
  await once(server, 'listening')
  setInterval(step, tickMs)
}

interface PromptMessage {
  readonly role: string
  readonly content: string
}

function begin(body: string, response: ServerResponse): void {
  const { messages } = JSON.parse(body) as { readonly messages: readonly PromptMessage[] }
  const asked = messages.findLast(({ role }) => role === 'user')?.content ?? ''
  // Questions that got no answer stand before the last one in the same message.
  const question = asked.slice(asked.lastIndexOf('\n\n') + 1).trim()
  const last = messages.at(-1)
  const { tokens, rate } = answerTo(question)
  const rest = restOf(tokens, last?.role === 'assistant' ? last.content : '')
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write(delta({ role: 'assistant', content: '' }, null))
  const betweenMs = 1_000 / rate
  const stream = { response, rest, betweenMs, dueMs: performance.now() + betweenMs * Math.random() }
  streams.add(stream)
  response.on('close', () => {
    streams.delete(stream)
    if (!response.writableFinished) cuts.set(question, Date.now())
  })
}

/** The pieces behind `said`, which may end within a token; of a text that is not the answer's beginning, a complaint. */
function restOf(tokens: readonly string[], said: string): string[] {
  if (!tokens.join('').startsWith(said)) return ['[this does not go on from the answer so far]']
  let behind = 0
  return tokens.flatMap(token => {
    const from = Math.max(0, said.length - behind)
    behind += token.length
    return from < token.length ? [token.slice(from)] : []
  })
}

function step(): void {
  const now = performance.now()
  for (const stream of streams) {
    const { response, rest, betweenMs } = stream
    if (stream.dueMs > now || (held && rest.length === 1)) continue
    // One that is late goes on at its pace: what was missed does not come in a lump.
    stream.dueMs = Math.max(stream.dueMs, now - betweenMs) + betweenMs
    const token = rest.shift()
    if (token !== undefined) response.write(delta({ content: token }, null))
    if (rest.length > 0) continue
    streams.delete(stream)
    response.write(delta({}, 'stop'))
    response.end(
      `${frame({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 } })}data: [DONE]\n\n`,
    )
  }
}

function delta(content: object, finishReason: string | null): string {
  return frame({ choices: [{ index: 0, delta: content, finish_reason: finishReason }] })
}

function frame(body: object): string {
  const head = { id: 'chatcmpl-chaos', object: 'chat.completion.chunk', created: 1_790_000_000, model: standInModel }
  return `data: ${JSON.stringify({ ...head, ...body })}\n\n`
}
