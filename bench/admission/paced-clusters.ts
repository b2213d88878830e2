/**
 * A process that stands in for GPU clusters whose speed is known: each answer takes about as long as the others, however
 * many there are. It takes note of every request.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from '../seeded-random.ts'
import { answerParent } from '../worker-process.ts'

export interface Pace {
  readonly firstTokenMs: number
  /** On average; they spread as log-normal, with a sigma of a half. */
  readonly answerMs: number
}

/** What the parent sends: how answers come from now on, forgetting all requests so far; or what was asked for since. */
export type PacedQuestion =
  | { readonly do: 'pace'; readonly pace: Pace; readonly clusters: number; readonly seed: number }
  | { readonly do: 'tell' }

export interface PacedAnswer {
  /** Of each cluster, up to and including `/v1`. */
  readonly urls: readonly string[]
  readonly requests: readonly PacedRequest[]
  /** Most answers under way at once on one of them. */
  readonly mostOpen: number
}

/** Times are milliseconds since the epoch, of the machine that all processes share. */
export interface PacedRequest {
  readonly prompt: string
  readonly askedAt: number
  /** The connection was closed, or the answer is whole. */
  endedAt: number | undefined
}

export const pacedModel = 'paced'
/** Of each answer. */
const tokens = 20

let pace: Pace = { firstTokenMs: 0, answerMs: 0 }
let random = seededRandom(1)
let requests: PacedRequest[] = []
let mostOpen = 0
const urls: string[] = []
const now = () => performance.timeOrigin + performance.now()

answerParent(async (question: PacedQuestion): Promise<PacedAnswer> => {
  if (question.do === 'pace') {
    pace = question.pace
    random = seededRandom(question.seed)
    requests = []
    mostOpen = 0
    while (urls.length < question.clusters) urls.push(await startCluster())
  }
  return { urls, requests, mostOpen }
})

async function startCluster(): Promise<string> {
  let open = 0
  const server = createServer({ keepAliveTimeout: 600_000 }, async (request, response) => {
    if (request.url === '/v1/models') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ object: 'list', data: [{ id: pacedModel, max_model_len: 8_192 }] }))
      return
    }
    let body = ''
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece
    })
    await once(request, 'end')
    const noted: PacedRequest = { prompt: JSON.parse(body).messages.at(-1).content, askedAt: now(), endedAt: undefined }
    requests.push(noted)
    open += 1
    mostOpen = Math.max(mostOpen, open)
    response.once('close', () => {
      open -= 1
      noted.endedAt = now()
    })
    await answer(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

async function answer(response: ServerResponse): Promise<void> {
  const { firstTokenMs, answerMs } = pace
  const gapMs = Math.max(1, (answerMs * spread() - firstTokenMs) / tokens)
  const send = (chunk: object) => response.write(`data: ${JSON.stringify({ id: 'x', ...chunk })}\n\n`)
  response.setHeader('content-type', 'text/event-stream')
  await wait(firstTokenMs)
  for (let said = 0; said < tokens && !response.destroyed; said++) {
    send({ choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }] })
    await wait(gapMs)
  }
  if (response.destroyed) return
  send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  send({ choices: [], usage: { prompt_tokens: 50, completion_tokens: tokens } })
  response.end('data: [DONE]\n\n')
}

/** Of mean 1. */
function spread(): number {
  const sigma = 0.5
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.exp(sigma * normal - sigma ** 2 / 2)
}
