import type { Demand } from './decide/demand.ts'
import { blockBytes, type PromptHasher } from './decide/hash-prompt.ts'
import type { PromptMessage } from './generation-event.ts'

const bytesPerToken = 4

/** What a prompt asks of a cluster. Models are kept apart: what one has read, another has not. */
export function demandOf(
  hash: PromptHasher,
  model: string,
  messages: readonly PromptMessage[],
  outputTokens: number,
): Demand {
  const { bytes, blocks } = hash(model, pieces(messages))
  return { promptTokens: bytes / bytesPerToken, blocks, tokensPerBlock: blockBytes / bytesPerToken, outputTokens }
}

function* pieces(messages: readonly PromptMessage[]): Generator<string> {
  for (const { role, content } of messages) {
    yield `\n<${role}>\n`
    yield content
  }
}
