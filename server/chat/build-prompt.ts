import type { PromptMessage } from '#llm-router'
import type { BranchMessage, PromptContext } from '#store'

/** The branch's last message is the one to answer. */
export interface PromptOptions extends Pick<PromptContext, 'systemPrompt' | 'branch'> {
  /** Most tokens of the whole prompt. */
  readonly budgetTokens: number
  /** A guess of the tokens in so many UTF-8 bytes. */
  readonly estimate: (bytes: number) => number
}

export interface Prompt {
  readonly messages: readonly PromptMessage[]
  /** UTF-8 bytes of all contents. */
  readonly bytes: number
  readonly estimatedTokens: number
  /** True when not one message more could be left out. */
  readonly shortest: boolean
}

/** Tokens that a template adds around a message: its marks, the role and line ends. */
const marksTokens = 6

/**
 * The prompt for one turn: the system prompt and the newest messages that fit the budget, which are the whole branch
 * wherever the context allows, and so the mission's last 20 too. The message to answer is always there. Answers without
 * text are left out and neighbours of one role are joined, because many models' templates insist on user and assistant
 * taking turns, with the user first.
 */
export function buildPrompt({ systemPrompt, branch, budgetTokens, estimate }: PromptOptions): Prompt {
  const tokensOf = (text: string) => estimate(Buffer.byteLength(text)) + marksTokens
  const said = alternate(branch)
  let tokens = marksTokens + (systemPrompt ? tokensOf(systemPrompt) : 0)
  let first = said.length
  while (first > 0) {
    const next = tokensOf(said[first - 1]?.content ?? '')
    if (first < said.length && tokens + next > budgetTokens) break
    tokens += next
    first -= 1
  }
  if (said[first]?.role === 'assistant' && first < said.length - 1) first += 1
  const kept = said.slice(first)
  const messages: PromptMessage[] = systemPrompt ? [{ role: 'system', content: systemPrompt }, ...kept] : kept
  return {
    messages,
    bytes: messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0),
    estimatedTokens: tokens,
    shortest: kept.length <= 1,
  }
}

function alternate(branch: readonly BranchMessage[]): PromptMessage[] {
  const said: PromptMessage[] = []
  let refused = false
  for (const [index, { role, content, category }] of branch.entries()) {
    // A refused question enters no later prompt, nor does what was said to it; the last one is no later prompt's.
    if (role === 'user') refused = category !== null && index < branch.length - 1
    if (refused || content.trim() === '') continue
    const before = said.at(-1)
    if (before?.role === role) said[said.length - 1] = { role, content: `${before.content}\n\n${content}` }
    else said.push({ role, content })
  }
  return said
}
