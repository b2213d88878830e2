import { z } from 'zod'
import { AttemptFailure } from './attempt-failure.ts'
import type { GenerationEvent } from './generation-event.ts'
import { type OptionalParameter, refusedParameter } from './request-body.ts'

/** An answer that is not 200. */
export interface Refused {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
}

/** What a refusal means where it is no failure: the prompt is too long, or the request must do without a parameter. */
export type Refusal =
  | Extract<GenerationEvent, { type: 'too_long' }>
  | { readonly type: 'without'; parameter: OptionalParameter }

const ErrorBody = z.object({
  error: z.object({
    message: z.string().default(''),
    code: z.union([z.string(), z.number()]).nullish(),
    type: z.string().nullish(),
    param: z.string().nullish(),
    n_prompt_tokens: z.int().positive().nullish(), // llama.cpp and our own child
    n_ctx: z.int().positive().nullish(),
  }),
})

/**
 * Reads an answer that is not 200. What is no refusal of its own kind is thrown as an `AttemptFailure`. Neither carries
 * the cluster's own words, which may quote the prompt or its keys.
 */
export function readRefusal({ status, retryAfter, body }: Refused): Refusal {
  const error = readError(body)
  if (status === 400 || status === 422) {
    if (error && isTooLong(error)) {
      return { type: 'too_long', promptTokens: error.n_prompt_tokens ?? null, contextTokens: error.n_ctx ?? null }
    }
    const parameter = error && refusedParameter(error)
    if (parameter) return { type: 'without', parameter }
  }
  throw new AttemptFailure(kindOf(status), `status ${status}`, { retryAfterMs: retryAfterMs(retryAfter) })
}

function kindOf(status: number): AttemptFailure['kind'] {
  if (status === 429 || status === 503) return 'busy'
  if (status === 401 || status === 403 || status === 404) return 'misconfigured'
  return status === 400 || status === 413 || status === 422 ? 'bad_request' : 'broken'
}

type UpstreamError = z.infer<typeof ErrorBody>['error']

function readError(body: string): UpstreamError | undefined {
  try {
    return ErrorBody.parse(JSON.parse(body)).error
  } catch {
    return undefined // a proxy's HTML page, most often; the status says enough
  }
}

// OpenAI and our child give the code; llama.cpp gives the type; vLLM and SGLang only a sentence.
const isTooLong = (error: UpstreamError) =>
  error.code === 'context_length_exceeded' ||
  error.type === 'exceed_context_size_error' ||
  /maximum context length|context size|longer than the model's context/i.test(error.message)

/** Delays only: the other form of the header, a date, is not what engines send. */
function retryAfterMs(header: string | undefined): number | undefined {
  const seconds = Number(header)
  return header !== undefined && Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : undefined
}
