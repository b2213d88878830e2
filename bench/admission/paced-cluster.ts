import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { listen } from '../listen.ts'
import type { Started } from '../run-bench.ts'
import type { Random } from '../seeded-random.ts'

/** A real HTTP server that answers as a GPU does whose speed is known: each answer takes about as long as the others. */
export interface PacedCluster {
  readonly url: string
  /** Answers under way. */
  readonly open: number
}

export interface Pace {
  readonly firstTokenMs: number
  /** On average; they spread as log-normal, with a sigma of a half. */
  readonly answerMs: number
  readonly random: Random
}

export const pacedModel = 'paced'
const tokens = 20

export async function startPacedCluster(started: Started, pace: Pace): Promise<PacedCluster> {
  let open = 0
  const server = createServer((request, response) => {
    request.resume()
    if (request.url === '/v1/models') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ object: 'list', data: [{ id: pacedModel }] }))
      return
    }
    open += 1
    response.once('close', () => {
      open -= 1
    })
    void answer(response, pace)
  })
  const address = await listen(started, server)
  return {
    url: `${address}/v1`,
    get open() {
      return open
    },
  }
}

async function answer(response: ServerResponse, { firstTokenMs, answerMs, random }: Pace): Promise<void> {
  const gapMs = (answerMs * spread(random) - firstTokenMs) / tokens
  const send = (chunk: object) => response.write(`data: ${JSON.stringify({ id: 'x', ...chunk })}\n\n`)
  response.setHeader('content-type', 'text/event-stream')
  await wait(firstTokenMs)
  for (let said = 0; said < tokens && !response.destroyed; said++) {
    send({ choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }] })
    await wait(Math.max(1, gapMs))
  }
  if (response.destroyed) return
  send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  send({ choices: [], usage: { prompt_tokens: 50, completion_tokens: tokens } })
  response.end('data: [DONE]\n\n')
}

/** Of mean 1. */
function spread(random: Random): number {
  const sigma = 0.5
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.exp(sigma * normal - sigma ** 2 / 2)
}
