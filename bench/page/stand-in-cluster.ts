import { createServer, type ServerResponse } from 'node:http'
import { listen } from '../listen.ts'
import type { Started } from '../run-bench.ts'
import type { AnswerText } from './kinds.ts'

/** An OpenAI-compatible endpoint with one model, which says what it is told to. */
export interface StandInCluster {
  /** Up to and including `/v1`. */
  readonly url: string
  /** Tokens sent so far of the answer that it was told last. */
  readonly sent: number
  /** Every answer that begins from now on is this one, at so many tokens a second. */
  answerWith(text: AnswerText, rate: number): void
}

const model = 'bench'
/** Timers are not finer than a millisecond; at a usual rate a tick sends one token. */
const tickMs = 4

export async function startStandIn(started: Started): Promise<StandInCluster> {
  let next: { readonly text: AnswerText; readonly rate: number } = { text: { tokens: [], marks: [] }, rate: 1 }
  let sent = 0
  const server = createServer((request, response) => {
    if (request.url === '/v1/models') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ object: 'list', data: [{ id: model, max_model_len: 131_072 }] }))
      return
    }
    const { text, rate } = next
    request
      .on('end', () => {
        stream(response, text, rate, count => {
          sent = count
        })
      })
      .resume()
  })
  const address = await listen(started, server)
  return {
    url: `${address}/v1`,
    get sent() {
      return sent
    },
    answerWith(text, rate) {
      next = { text, rate }
      sent = 0
    },
  }
}

/** Keeps to the rate over the whole answer: tokens that are late come together. */
function stream(response: ServerResponse, { tokens }: AnswerText, rate: number, tell: (sent: number) => void): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  const startedAt = performance.now()
  let sent = 0
  const ticking = setInterval(() => {
    const due = Math.min(tokens.length, 1 + Math.floor(((performance.now() - startedAt) * rate) / 1_000))
    for (; sent < due; sent++) response.write(delta({ content: tokens[sent] }, null))
    tell(sent)
    if (sent < tokens.length) return
    clearInterval(ticking)
    response.write(delta({}, 'stop'))
    response.end('data: [DONE]\n\n')
  }, tickMs)
  response.on('close', () => clearInterval(ticking))
}

const delta = (content: object, finishReason: string | null) =>
  `data: ${JSON.stringify({ id: 'bench', model, choices: [{ index: 0, delta: content, finish_reason: finishReason }] })}\n\n`
