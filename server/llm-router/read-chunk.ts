import { z } from 'zod'
import type { FinishReason } from '#protocol'
import type { GenerationEvent } from './generation-event.ts'

const ToolDelta = z.object({
  index: z.int().nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
})
export type ToolDelta = z.infer<typeof ToolDelta>

/** One chunk of a streamed chat completion, as vLLM, SGLang, llama.cpp, Ollama and OpenAI send it. */
const Chunk = z.object({
  choices: z
    .array(
      z.object({
        index: z.int().nullish(),
        delta: z
          .object({
            content: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
            tool_calls: z.array(ToolDelta).nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: z
    .object({
      prompt_tokens: z.int(),
      completion_tokens: z.int(),
      prompt_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish(),
    })
    .nullish(),
  object: z.string().nullish(),
  error: z.unknown().optional(),
})

export type TextEvent = Extract<GenerationEvent, { readonly type: 'text' | 'reasoning' }>
export type UsageEvent = Extract<GenerationEvent, { readonly type: 'usage' }>
export type ToolCallEvent = Extract<GenerationEvent, { readonly type: 'tool_call' }>

/** What one chunk says of the first choice; we never ask for others. Empty texts are left out. */
export interface ChunkNews {
  readonly texts: readonly TextEvent[]
  readonly toolDeltas: readonly ToolDelta[]
  readonly finishReason: FinishReason | undefined
  readonly usage: UsageEvent | undefined
}

/**
 * Reads the data of one event. Throws when it is no completion chunk or tells of an error; never with the cluster's own
 * words, which may quote the prompt.
 */
export function readChunk(data: string): ChunkNews {
  const chunk = Chunk.parse(parseJson(data))
  // vLLM used to send its error object bare.
  if ((chunk.error !== undefined && chunk.error !== null) || chunk.object === 'error') throw reportedError()
  const choice = chunk.choices?.find(({ index }) => !index)
  return {
    texts: textsOf(choice?.delta),
    toolDeltas: choice?.delta?.tool_calls ?? [],
    finishReason: readFinishReason(choice?.finish_reason),
    usage: chunk.usage ? usageOf(chunk.usage) : undefined,
  }
}

/** The text in the chunk, when the chunk says nothing else. */
export function onlyText({ texts, toolDeltas, finishReason, usage }: ChunkNews): TextEvent | undefined {
  const alone = texts.length === 1 && toolDeltas.length === 0 && finishReason === undefined && usage === undefined
  return alone ? texts[0] : undefined
}

/**
 * Gives each piece of a tool call, in the order of the stream, the index and the id of the call it belongs to. Where the
 * cluster leaves out the index, a piece continues the latest call unless it brings another id or, without an id, a name.
 */
export function createToolCallReader(): (delta: ToolDelta) => ToolCallEvent {
  const idsByIndex: string[] = []
  /** Which call the cluster means by its own index: some number every call 0. */
  const indexes = new Map<number, number>()
  let latest = -1

  function callOf({ index, id, function: called }: ToolDelta): number {
    if (typeof index !== 'number') {
      if (id) return idsByIndex.lastIndexOf(id)
      return called?.name ? -1 : latest
    }
    const call = indexes.get(index) ?? -1
    // An id alone may be made anew for each piece; with a name it begins a call.
    return id && called?.name && id !== idsByIndex[call] ? -1 : call
  }

  return delta => {
    const known = callOf(delta)
    latest = known === -1 ? idsByIndex.length : known
    const id = idsByIndex[latest] ?? (delta.id || `call_${latest}`)
    idsByIndex[latest] = id
    if (typeof delta.index === 'number') indexes.set(delta.index, latest)
    return {
      type: 'tool_call',
      index: latest,
      id,
      name: delta.function?.name || undefined,
      arguments: delta.function?.arguments ?? '',
    }
  }
}

/** Throws an error that, unlike the parser's own, does not quote the answer. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('an event of the stream is not JSON')
  }
}

/** Says that the cluster told of an error where the answer should be. */
export const reportedError = (): Error => new Error('the cluster reported an error mid-stream')

type ParsedChunk = z.infer<typeof Chunk>
type Delta = NonNullable<ParsedChunk['choices']>[number]['delta']

function textsOf(delta: Delta): TextEvent[] {
  const texts: TextEvent[] = []
  // vLLM has sent its reasoning under either name, and under both at once.
  const reasoning = delta?.reasoning_content || delta?.reasoning
  if (reasoning) texts.push({ type: 'reasoning', text: reasoning })
  if (delta?.content) texts.push({ type: 'text', text: delta.content })
  return texts
}

function readFinishReason(reason: string | null | undefined): FinishReason | undefined {
  if (!reason) return undefined
  // vLLM and SGLang say `abort` when they drop a request, others `error`: such an answer is cut, not ended.
  if (reason === 'abort' || reason === 'error') throw reportedError()
  return finishReasons.get(reason) ?? 'stop'
}

const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['content_filter', 'content_filter'],
  ['tool_calls', 'tool_calls'],
])

/** More than any prompt or answer has: whoever counts so far, or below nothing, counts nonsense. */
const mostTokens = 100_000_000

function usageOf(usage: NonNullable<ParsedChunk['usage']>): UsageEvent | undefined {
  const inputTokens = usage.prompt_tokens
  const cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? 0
  const outputTokens = usage.completion_tokens
  const plausible = [inputTokens, cachedTokens, outputTokens].every(count => count >= 0 && count <= mostTokens)
  return plausible ? { type: 'usage', inputTokens, cachedTokens, outputTokens } : undefined
}
