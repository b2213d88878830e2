/** What the tests of this folder share: the shipped model, running, and a client of its endpoint. */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Log } from '#kit'
import { type EmbeddedModel, type ModelOptions, startModel } from './start-model.ts'

export const smallModel = fileURLToPath(new URL('../../../models/parley-small.gguf', import.meta.url))

const ignore = () => {}
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export const startSmallModel = (options: Partial<ModelOptions> = {}) =>
  startModel({ name: 'small', file: smallModel, temperature: 0.2, log: silentLog, ...options })

/** A copy of the shipped model in which texts of equal length are exchanged. */
export async function patchModel(target: string, patches: readonly (readonly [from: string, to: string])[]) {
  const bytes = await readFile(smallModel)
  for (const [from, to] of patches) {
    if (Buffer.byteLength(from) !== Buffer.byteLength(to)) throw new Error('a patch must keep the length')
    const at = bytes.indexOf(from)
    if (at < 0) throw new Error(`the model holds no ${from}`)
    bytes.write(to, at)
  }
  await writeFile(target, bytes)
  return target
}

export const user = (content: string) => ({ role: 'user', content })
export const assistant = (content: string) => ({ role: 'assistant', content })

/** A request whose answer is long, nearly always; a test must bear that it is short. */
export const longRequest = { messages: [user('Tell me a long story.')], temperature: 2, top_p: 1 }

export function post(model: EmbeddedModel, body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(`${model.url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${model.apiKey}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: signal ?? null,
  })
}

export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly prompt_tokens_details: { readonly cached_tokens: number }
}

/** A whole answer, of which the tests read these fields. */
export interface Answer {
  readonly choices: readonly [
    { readonly message: { readonly role: string; readonly content: string }; readonly finish_reason: string },
  ]
  readonly usage: Usage
}

export async function ask(model: EmbeddedModel, body: Readonly<Record<string, unknown>>) {
  const response = await post(model, body)
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  const answer = (await response.json()) as Answer
  const [{ message, finish_reason }] = answer.choices
  return { text: message.content, finishReason: finish_reason, usage: answer.usage }
}

export interface Chunk {
  readonly object: string
  readonly choices: readonly {
    readonly delta: { readonly role?: string; readonly content?: string }
    readonly finish_reason: string | null
  }[]
  readonly usage?: Usage
}

/** The chunks of a streamed answer as they arrive; `[DONE]` is checked for and left out. */
export async function* stream(model: EmbeddedModel, body: Readonly<Record<string, unknown>>, signal?: AbortSignal) {
  const response = await post(model, { ...body, stream: true }, signal)
  if (response.status !== 200 || response.body === null) throw new Error(`${response.status}: ${await response.text()}`)
  let rest = ''
  let done = false
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      if (done) throw new Error('something followed [DONE]')
      if (event === 'data: [DONE]') done = true
      else yield JSON.parse(event.slice('data: '.length)) as Chunk
    }
  }
  if (!done) throw new Error('the stream ended without [DONE]')
}

export const textOf = (chunk: Chunk) => chunk.choices[0]?.delta.content ?? ''
