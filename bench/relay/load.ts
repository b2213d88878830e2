/** A process that asks for answers: so many streams at once, each beginning its next answer when the last one ended. */
import { Agent, request } from 'node:http'
import { quantile } from '../figures.ts'
import { answerParent } from '../worker-process.ts'
import { type AnswerCounter, createAnswerCounter, type StreamKind } from './answer-counter.ts'
import { answerCharacters } from './answer-text.ts'

export interface LoadPlan {
  readonly kind: StreamKind
  /** Where each answer is asked for, in this order; as many answers as there are places. */
  readonly urls: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** What is sent; `{prompt}` in it becomes a text that was never sent before. */
  readonly body: string
  readonly streams: number
  /** Over which the streams begin, evenly. */
  readonly rampMs: number
  /** Of each answer. */
  readonly tokens: number
}

export interface LoadResult {
  /** Whole ones. */
  readonly answers: number
  /** How often each thing went wrong. */
  readonly errors: Readonly<Record<string, number>>
  readonly characters: number
  /** That the text came in. */
  readonly pieces: number
  /** From the first request to the last end. */
  readonly wallMs: number
  /** From a request to its first token. */
  readonly firstTokenMs: { readonly p50: number; readonly p99: number }
}

answerParent(load)

function load(plan: LoadPlan): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const expected = answerCharacters(plan.tokens)
  const errors: Record<string, number> = {}
  const firstTokens: number[] = []
  const run = `${process.pid} ${Date.now()}`
  const done = Promise.withResolvers<LoadResult>()
  const beganAt = performance.now()
  let [begun, ended, answers, characters, pieces] = [0, 0, 0, 0, 0]

  function next(): void {
    const url = plan.urls[begun]
    if (url === undefined) return
    begun += 1
    const body = plan.body.replace('{prompt}', `Tell me story ${begun} of run ${run}.`)
    ask(url, body, problem => {
      ended += 1
      if (problem === undefined) answers += 1
      else errors[problem] = (errors[problem] ?? 0) + 1
      if (ended < plan.urls.length) next()
      else finish()
    })
  }

  function ask(url: string, body: string, onEnd: (problem: string | undefined) => void): void {
    const counter = createAnswerCounter(plan.kind)
    const askedAt = performance.now()
    let waiting = true
    let status: number | undefined
    let failure: string | undefined
    const headers = { ...plan.headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const asked = request(url, { method: 'POST', agent, headers }, response => {
      status = response.statusCode
      response.on('error', () => {}) // what is missing then is seen at the close
      response.on('data', (bytes: Buffer) => {
        counter.push(bytes)
        if (!waiting || counter.characters === 0) return
        waiting = false
        firstTokens.push(performance.now() - askedAt)
      })
    })
    asked.on('error', error => {
      failure = 'code' in error ? String(error.code) : error.name
    })
    asked.on('close', () => {
      characters += counter.characters
      pieces += counter.pieces
      onEnd(failure ?? verdict(status, counter))
    })
    asked.end(body)
  }

  function verdict(status: number | undefined, counter: AnswerCounter): string | undefined {
    if (status !== 200) return `status ${status}`
    if (!counter.ended) return 'cut off'
    return counter.characters === expected ? undefined : 'not the text that was sent'
  }

  function finish(): void {
    agent.destroy()
    const firstTokenMs = { p50: quantile(firstTokens, 0.5), p99: quantile(firstTokens, 0.99) }
    done.resolve({ answers, errors, characters, pieces, wallMs: performance.now() - beganAt, firstTokenMs })
  }

  for (let stream = 0; stream < plan.streams; stream++) setTimeout(next, (stream * plan.rampMs) / plan.streams)
  return done.promise
}
