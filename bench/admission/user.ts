import { Agent, type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'
import type { TurnEvent } from '#protocol'
import { createFrameReader } from '../chaos/event-frames.ts'

/** Somebody with a key, who asks over HTTP. */
export interface User {
  /** Makes so many conversations beforehand. */
  prepare(conversations: number): Promise<void>
  /** Asks a question that was never asked before, in a conversation in which nothing else runs. */
  ask(): Asked
}

/** A question, sent. */
export interface Asked {
  readonly prompt: string
  /** It waits in line. */
  readonly queued: Promise<void>
  /** It was admitted, its whole answer was read, or it was stopped; or it was refused. Fails on anything else. */
  readonly over: Promise<Tried>
  /** Stops its answer. Resolves with the time at which that was sent. */
  stop(): Promise<number>
}

/** What became of one question. Times are milliseconds since it was sent. */
export interface Tried {
  /** NaN where nothing of an answer came. */
  readonly firstTokenMs: number
  readonly overMs: number
  /** As the header says; undefined: it was admitted. */
  readonly retryAfterMs: number | undefined
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
let questions = 0

export function createUser(url: string, key: string): User {
  /** Nothing runs in these. */
  const idle: string[] = []

  function post(path: string, body: object, accept: string): Promise<IncomingMessage> {
    const text = JSON.stringify(body)
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      accept,
    }
    return new Promise((resolve, reject) => {
      request(`${url}/api/v1${path}`, { method: 'POST', agent, headers }, resolve).on('error', reject).end(text)
    })
  }

  /** With a title, so that no model is asked for one. */
  async function makeConversation(): Promise<string> {
    const response = await post('/conversations', { title: 'Benchmark' }, 'application/json')
    const body = (await json(response)) as { readonly id: string }
    if (response.statusCode !== 201) throw new Error(`no conversation: ${JSON.stringify(body)}`)
    return body.id
  }

  function ask(): Asked {
    const prompt = `Question ${++questions} of ${process.pid}, which has about fifty tokens. ${'Then some more. '.repeat(9)}`
    const queued = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<string>()
    begun.promise.catch(() => {}) // only who stops it looks

    async function tell(): Promise<Tried> {
      const conversation = idle.pop() ?? (await makeConversation())
      const sentAt = performance.now()
      const since = () => performance.now() - sentAt
      // A root of its own: its prompt is no longer than the others'.
      const content = { content: prompt, parent_id: null }
      const response = await post(`/conversations/${conversation}/messages`, content, 'text/event-stream')
      try {
        if (response.statusCode === 503) {
          const problem = (await json(response)) as { readonly code: string }
          const retryAfterMs = Number(response.headers['retry-after']) * 1_000
          if (problem.code === 'overloaded' && retryAfterMs > 0)
            return { firstTokenMs: Number.NaN, overMs: since(), retryAfterMs }
        }
        if (response.statusCode !== 200) throw new Error(`a question was answered with ${response.statusCode}`)
        let firstTokenMs = Number.NaN
        const end = await readEvents(response, event => {
          begun.resolve(event.turn_id)
          if (event.type === 'status' && event.state === 'queued') queued.resolve()
          if (event.type === 'token' && Number.isNaN(firstTokenMs)) firstTokenMs = since()
        })
        if (end?.type !== 'done') throw new Error(`an answer ended with ${JSON.stringify(end)}`)
        return { firstTokenMs, overMs: since(), retryAfterMs: undefined }
      } finally {
        begun.reject(new Error('it was not admitted'))
        idle.push(conversation)
      }
    }

    return {
      prompt,
      queued: queued.promise,
      over: tell(),
      async stop() {
        const turn = await begun.promise
        const sentAt = performance.timeOrigin + performance.now()
        const response = await post(`/turns/${turn}/stop`, {}, 'application/json')
        response.resume()
        return sentAt
      },
    }
  }

  return {
    async prepare(conversations) {
      const make = async () => {
        while (idle.length < conversations) idle.push(await makeConversation())
      }
      await Promise.all(Array.from({ length: Math.min(8, conversations) }, make))
    },
    ask,
  }
}

/** Resolves with the last event when the stream has ended. */
function readEvents(response: IncomingMessage, take: (event: TurnEvent) => void): Promise<TurnEvent | undefined> {
  let last: TurnEvent | undefined
  const frames = createFrameReader(event => {
    if (event.type !== 'status') last = event
    take(event)
    return true
  })
  const over = Promise.withResolvers<TurnEvent | undefined>()
  response.setEncoding('utf8').on('data', (piece: string) => void frames.push(piece))
  response.on('close', () => over.resolve(last))
  return over.promise
}
