import type { Dispatcher } from 'undici'
import { z } from 'zod'
import { Fault } from '#kit'
import type { GenerationEvent } from './generation-event.ts'

const ErrorBody = z.object({
  error: z.object({
    message: z.string().default(''),
    code: z.union([z.string(), z.number()]).nullish(),
    type: z.string().nullish(),
    n_prompt_tokens: z.int().positive().nullish(), // llama.cpp and our own child
    n_ctx: z.int().positive().nullish(),
  }),
})

/** Most bytes of an error's body that are read. */
const bodyLimit = 65_536

/**
 * Reads an answer that is not 200. A prompt over the context becomes the event that says so; everything else throws a
 * fault. Neither carries the cluster's own words, which may quote the prompt or its keys.
 */
export async function readRefusal(cluster: string, response: Dispatcher.ResponseData): Promise<GenerationEvent> {
  const error = await readError(response)
  if (response.statusCode === 400 && error && isTooLong(error)) {
    return { type: 'too_long', promptTokens: error.n_prompt_tokens ?? null, contextTokens: error.n_ctx ?? null }
  }
  if (response.statusCode === 429 || response.statusCode === 503) {
    throw new Fault('overloaded', `The cluster "${cluster}" takes no more work right now.`, {
      retryAfterMs: retryAfterMs(response.headers['retry-after']),
    })
  }
  throw new Fault('generation_failed', `The cluster "${cluster}" answered with status ${response.statusCode}.`)
}

type UpstreamError = z.infer<typeof ErrorBody>['error']

async function readError(response: Dispatcher.ResponseData): Promise<UpstreamError | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response.body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > bodyLimit) return undefined
  }
  try {
    return ErrorBody.parse(JSON.parse(Buffer.concat(chunks).toString())).error
  } catch {
    return undefined // a proxy's HTML page, most often; the status says enough
  }
}

// OpenAI and our child give the code; llama.cpp gives the type; vLLM and SGLang only a sentence.
const isTooLong = (error: UpstreamError) =>
  error.code === 'context_length_exceeded' ||
  error.type === 'exceed_context_size_error' ||
  /maximum context length|context size|longer than the model's context/i.test(error.message)

function retryAfterMs(header: string | string[] | undefined): number {
  const seconds = Number(Array.isArray(header) ? header[0] : header)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : 2_000
}
