import { z } from 'zod'
import { RequestError } from './request-error.ts'

export interface ChatMessage {
  readonly role: string
  readonly content: string
}

/** A body of `POST /v1/chat/completions`, as far as this server knows its fields. */
export interface CompletionRequest {
  readonly messages: readonly ChatMessage[]
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly maxTokens: number | undefined
  readonly temperature: number | undefined
  readonly topP: number | undefined
  readonly seed: number | undefined
  readonly stops: readonly string[]
}

/** Throws a `RequestError` 400 that names the first field at fault. Unknown fields are ignored, null means absent. */
export function parseCompletionRequest(body: string): CompletionRequest {
  const result = Body.safeParse(parseJson(body))
  if (!result.success) throw refusal(result.error)
  const { messages, stream, stream_options, max_tokens, max_completion_tokens, stop, ...sampling } = result.data
  return {
    messages: messages.map(({ role, content }) => ({
      role: role === 'developer' ? 'system' : role, // OpenAI's newer word; chat templates know only the older one
      content: typeof content === 'string' ? content : (content ?? []).map(part => part.text).join(''),
    })),
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    maxTokens: max_completion_tokens ?? max_tokens ?? undefined,
    temperature: sampling.temperature ?? undefined,
    topP: sampling.top_p ?? undefined,
    seed: sampling.seed ?? undefined,
    stops: typeof stop === 'string' ? [stop] : (stop ?? []),
  }
}

const Content = z.union([z.string(), z.array(z.object({ type: z.literal('text'), text: z.string() }))])

const Message = z
  .object({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
    content: Content.nullish(),
  })
  .refine(({ role, content }) => role === 'assistant' || (content !== undefined && content !== null), {
    message: 'Required',
    path: ['content'],
  })

const Body = z.object({
  messages: z.array(Message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(4)]).nullish(),
})

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new RequestError(400, 'The body is not valid JSON.')
  }
}

function refusal(error: z.ZodError): RequestError {
  const issue = error.issues[0]
  const param = (issue?.path ?? []).reduce<string>(
    (path, key) => (typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`),
    '',
  )
  if (param === '') return new RequestError(400, 'The body must be a JSON object.')
  return new RequestError(400, `Invalid value for '${param}': ${issue?.message}.`, { param, code: 'invalid_value' })
}
