import type { Continuation } from './engines.ts'
import type { GenerationRequest, PromptMessage } from './generation-event.ts'

/** A parameter that some models refuse, and that a request can do without. */
export type OptionalParameter = (typeof optionalParameters)[number]

export const optionalParameters = ['temperature', 'max_tokens', 'stream_options'] as const

export interface BodyOptions {
  readonly model: string
  readonly continuation: Continuation
  /** What this model was found to refuse. */
  readonly without: ReadonlySet<OptionalParameter>
}

/** The JSON of a streamed chat completion. `max_tokens` has a newer name, which models that refuse the old one take. */
export function requestBody(request: GenerationRequest, { model, continuation, without }: BodyOptions): string {
  const { messages, maxTokens, temperature, continues } = request
  return JSON.stringify({
    model,
    messages: continues && continuation === 'ask' ? [...messages, goOn] : messages,
    [without.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens']: maxTokens,
    temperature: without.has('temperature') ? undefined : temperature,
    stream: true,
    stream_options: without.has('stream_options') ? undefined : { include_usage: true },
    ...(continues && continuation === 'flags' ? { continue_final_message: true, add_generation_prompt: false } : {}),
  })
}

const goOn: PromptMessage = {
  role: 'user',
  content:
    'Continue your last message exactly where it stops. Repeat nothing of it and say nothing about this request.',
}

/** Of a 400: the optional parameter that it names, by its field or else in its sentence. */
export function refusedParameter(error: { readonly param?: string | null | undefined; readonly message: string }) {
  return optionalParameters.find(name => error.param === name || (!error.param && error.message.includes(name)))
}
