import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { AnswerEnd, ChatEngine } from './chat-engine.ts'
import type { CompletionRequest } from './completion-request.ts'

/**
 * Answers one chat completion, streamed or whole, in the frames of the OpenAI API. Rejects as the engine does; a
 * stream that has begun must then be ended by the caller, without `[DONE]`.
 *
 * Writes never wait for a slow reader: an answer is bounded by the context, and a sequence must not be held for it.
 */
export async function answerCompletion(
  request: CompletionRequest,
  { engine, name }: { readonly engine: ChatEngine; readonly name: string },
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const id = `chatcmpl-${randomUUID()}`
  const created = Math.floor(Date.now() / 1000)
  if (request.stream) return streamAnswer()

  const pieces: string[] = []
  const end = await engine.answer(request, { begin() {}, text: piece => pieces.push(piece) }, signal)
  const body = JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model: name,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: pieces.join(''), refusal: null },
        logprobs: null,
        finish_reason: end.finishReason,
      },
    ],
    usage: usageOf(end),
  })
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)

  async function streamAnswer(): Promise<void> {
    const frame = (fields: string) => `data: ${head}${fields}}\n\n`
    const choice = (delta: string, finishReason: string) =>
      frame(`"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finishReason}}]`)
    const chunk = JSON.stringify({ id, object: 'chat.completion.chunk', created, model: name })
    const head = `${chunk.slice(0, -1)},` // serialised once, not once a token

    const end = await engine.answer(
      request,
      {
        begin() {
          response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
          response.write(choice('{"role":"assistant","content":""}', 'null'))
        },
        text: piece => response.write(choice(`{"content":${JSON.stringify(piece)}}`, 'null')),
      },
      signal,
    )
    response.write(choice('{}', `"${end.finishReason}"`))
    if (request.includeUsage) response.write(frame(`"choices":[],"usage":${JSON.stringify(usageOf(end))}`))
    response.end('data: [DONE]\n\n')
  }
}

const usageOf = ({ promptTokens, completionTokens, cachedTokens }: AnswerEnd) => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
  prompt_tokens_details: { cached_tokens: cachedTokens },
})
