import { type Agent, request } from 'undici'
import { z } from 'zod'
import { type Clock, Fault, type Log } from '#kit'
import { createEventStreamReader } from './event-stream.ts'
import type { GenerationEvent, GenerationRequest } from './generation-event.ts'
import { createCompletionReader } from './read-completion.ts'
import { readRefusal } from './read-refusal.ts'

/** One OpenAI-compatible endpoint. */
export interface ClusterOptions {
  readonly name: string
  /** Up to and including `/v1`. */
  readonly url: string
  readonly apiKey: string | undefined
  /** Undefined: whatever its `GET /models` lists. */
  readonly models: readonly string[] | undefined
  /** Generations at once; undefined: no limit is known. */
  readonly capacity: number | undefined
}

export interface Cluster {
  readonly name: string
  readonly capacity: number | undefined
  /** Generations sent and not yet ended. */
  readonly inFlight: number
  /** Moving average of the time to the first token, 0 while none was seen. */
  readonly firstTokenMs: number
  /** The models it serves, as far as known now. */
  models(): readonly string[]
  /** The context of one of them, where the endpoint tells it. */
  contextTokens(model: string): number | undefined
  /** Asks the endpoint for its models; a failure leaves what was known. */
  discover(signal: AbortSignal): Promise<void>
  /**
   * Streams one answer. Each batch holds what one read of the socket brought. Aborting destroys the socket and throws
   * the signal's reason; every other way to fail is a fault.
   */
  generate(
    model: string,
    prompt: GenerationRequest,
    firstTokenTimeoutMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly GenerationEvent[]>
}

export interface ClusterDeps {
  readonly agent: Agent
  readonly clock: Clock
  readonly log: Log
}

/** Longest silence between two tokens. */
const idleMs = 20_000
/** Weight of the newest sample in the moving average of first-token times. */
const newestWeight = 0.2

const ModelList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      max_model_len: z.int().positive().nullish(), // vLLM, SGLang, and our own child
      meta: z.object({ n_ctx: z.int().positive().nullish() }).nullish(), // llama.cpp
    }),
  ),
})

export function createCluster(options: ClusterOptions, { agent, clock, log }: ClusterDeps): Cluster {
  const headers = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }
  const contexts = new Map<string, number>()
  let discovered: readonly string[] = []
  let listed: boolean | undefined // whether the last look-up worked; the log tells changes only
  let inFlight = 0
  let firstTokenMs = 0

  return {
    name: options.name,
    capacity: options.capacity,
    get inFlight() {
      return inFlight
    },
    get firstTokenMs() {
      return firstTokenMs
    },
    models: () => options.models ?? discovered,
    contextTokens: model => contexts.get(model),

    async discover(signal) {
      try {
        const response = await request(`${options.url}/models`, { dispatcher: agent, headers, signal })
        if (response.statusCode !== 200) {
          await response.body.dump()
          throw new Error(`HTTP ${response.statusCode}`)
        }
        const { data } = ModelList.parse(await response.body.json())
        discovered = data.map(({ id }) => id)
        for (const { id, max_model_len, meta } of data) {
          const context = max_model_len ?? meta?.n_ctx
          if (context) contexts.set(id, context)
        }
        if (!listed) log.info({ cluster: options.name, models: discovered }, 'a cluster listed its models')
        listed = true
      } catch (error) {
        if (listed !== false)
          log.warn({ cluster: options.name, reason: shortReason(error) }, 'a cluster lists no models')
        listed = false
      }
    },

    async *generate(model, prompt, firstTokenTimeoutMs, signal) {
      const silence = new AbortController()
      let timer = setTimeout(() => silence.abort(), firstTokenTimeoutMs)
      const startedAt = clock.elapsed()
      let waiting = true
      inFlight += 1
      try {
        yield [{ type: 'dispatched', cluster: options.name, model }]
        const response = await request(`${options.url}/chat/completions`, {
          dispatcher: agent,
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json', accept: 'text/event-stream' },
          body: JSON.stringify({
            model,
            messages: prompt.messages,
            max_tokens: prompt.maxTokens,
            temperature: prompt.temperature,
            stream: true,
            stream_options: { include_usage: true },
          }),
          signal: AbortSignal.any([signal, silence.signal]),
        })
        if (response.statusCode !== 200) {
          yield [await readRefusal(options.name, response)]
          return
        }
        const stream = createEventStreamReader()
        const completion = createCompletionReader()
        for await (const bytes of response.body) {
          const batch = stream.push(bytes).flatMap(completion.read)
          if (batch.length === 0) continue
          if (!waiting) timer.refresh()
          else if (batch.some(carriesText)) {
            waiting = false
            clearTimeout(timer)
            timer = setTimeout(() => silence.abort(), idleMs)
            const sample = clock.elapsed() - startedAt
            firstTokenMs = firstTokenMs === 0 ? sample : firstTokenMs + newestWeight * (sample - firstTokenMs)
          }
          yield batch
          if (completion.complete) return
        }
        throw new Error('the stream ended before its end marker')
      } catch (error) {
        if (signal.aborted) throw signal.reason
        if (error instanceof Fault) throw error
        const reason = silence.signal.aborted ? 'silent' : shortReason(error)
        log.warn({ cluster: options.name, model, reason, before_first_token: waiting }, 'a generation failed')
        throw new Fault('generation_failed', `The cluster "${options.name}" failed while answering.`, { cause: error })
      } finally {
        clearTimeout(timer)
        inFlight -= 1
      }
    },
  }
}

const carriesText = (event: GenerationEvent) => event.type === 'text' || event.type === 'reasoning'

/** A reason fit for a log: an error's code or kind, never a message that may quote the answer. */
function shortReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
