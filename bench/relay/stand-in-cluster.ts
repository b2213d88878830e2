/**
 * A process that stands in for a cluster: OpenAI-compatible, one model, the same answer to everybody. The first token
 * comes at once, or after a while, and the streams' ticks are spread evenly over the time between two tokens.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerParent } from '../worker-process.ts'
import { standInModel, tokenAt } from './answer-text.ts'

/** How answers come from now on: what the parent sends. */
export interface Pace {
  /** From the request to the first token; not for a whole answer at once. */
  readonly firstTokenMs: number
  /** Of an answer. */
  readonly tokens: number
  /** Tokens a second of each stream; 0: the whole answer at once. */
  readonly rate: number
}

/** What the parent gets: the address, up to the port. */
export interface StandIn {
  readonly url: string
}

interface Stream {
  readonly response: ServerResponse
  next: number
}

/** Between the ticks of neighbouring streams. Timers are not finer than 1 ms. */
const slotMs = 2

let pace: Pace = { firstTokenMs: 0, tokens: 1, rate: 0 }
/** The streams of each slot; every slot has its turn once between two tokens of a stream. */
let slots: Set<Stream>[] = [new Set()]
let slot = 0
let ticking: NodeJS.Timeout | undefined
let nextSlot = 0

const url = await listen()
answerParent(async (wanted: Pace): Promise<StandIn> => {
  setPace(wanted)
  return { url }
})

async function listen(): Promise<string> {
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    if (request.url === '/v1/models') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ object: 'list', data: [{ id: standInModel, max_model_len: 32_768 }] }))
      return
    }
    request.on('end', () => begin(response)).resume()
  })
  server.listen(0, '127.0.0.1', 4_096)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function setPace(wanted: Pace): void {
  pace = wanted
  slots = Array.from(
    { length: pace.rate === 0 ? 1 : Math.max(1, Math.round(1_000 / pace.rate / slotMs)) },
    () => new Set(),
  )
  slot = 0
  clearInterval(ticking)
  const betweenSlotsMs = 1_000 / pace.rate / slots.length
  let dueMs = performance.now()
  if (pace.rate === 0) return
  ticking = setInterval(() => {
    const now = performance.now()
    // Slots that are late have their turn now, but none twice: a token that was missed does not come in a lump.
    dueMs = Math.max(dueMs, now - slots.length * betweenSlotsMs)
    for (; dueMs <= now; dueMs += betweenSlotsMs) {
      for (const stream of slots[slot] ?? []) step(stream)
      slot = (slot + 1) % slots.length
    }
  }, 1)
}

function begin(response: ServerResponse): void {
  const stream: Stream = { response, next: 0 }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write(delta({ role: 'assistant', content: '' }, null))
  if (pace.rate === 0) {
    while (stream.next < pace.tokens) step(stream)
    return
  }
  if (pace.firstTokenMs > 0) setTimeout(go, pace.firstTokenMs, stream)
  else go(stream)
}

/** From its first token on. */
function go(stream: Stream): void {
  step(stream)
  const place = slots[nextSlot % slots.length]
  nextSlot += 1
  place?.add(stream)
  stream.response.on('close', () => place?.delete(stream))
}

function step(stream: Stream): void {
  const { response } = stream
  if (response.writableEnded) return
  response.write(delta({ content: tokenAt(stream.next) }, null))
  stream.next += 1
  if (stream.next < pace.tokens) return
  response.write(delta({}, 'stop'))
  const usage = { prompt_tokens: 10, completion_tokens: pace.tokens, total_tokens: 10 + pace.tokens }
  response.end(`${frame({ choices: [], usage })}data: [DONE]\n\n`)
}

function delta(content: object, finishReason: string | null): string {
  return frame({ choices: [{ index: 0, delta: content, finish_reason: finishReason }] })
}

function frame(body: object): string {
  const head = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_790_000_000, model: standInModel }
  return `data: ${JSON.stringify({ ...head, ...body })}\n\n`
}
