import { setTimeout as wait } from 'node:timers/promises'
import type { AnsweredPrompt, AnswerKey, KeptAnswer, PromptCache, SingleFlight } from '#prompt-cache'
import type { ReplyEvent, ReplySource, TakeReply } from './reply-event.ts'

export interface AnswerOnceDeps {
  readonly promptCache: PromptCache
  readonly flights: SingleFlight<ReplyEvent>
  readonly keyOf: (prompt: AnsweredPrompt) => AnswerKey
}

export interface SharedPrompt {
  readonly prompt: AnsweredPrompt
  /** The answer goes with this conversation when it is deleted; undefined: it is not kept. */
  readonly conversationId: string | undefined
  /** Where a new answer comes from. */
  readonly generate: ReplySource
  /** What an answer goes through on its way to its reader, also one that was kept. */
  readonly screen: (source: ReplySource) => ReplySource
}

/**
 * Equal prompts are answered once: by the answer that was kept, or by the generation under way for another turn, or else
 * by a new one, which is kept when it came to a clean end. Resolves with whether this turn is the one that pays for it.
 */
export async function answerOnce(
  { promptCache, flights, keyOf }: AnswerOnceDeps,
  { prompt, conversationId, generate, screen }: SharedPrompt,
  take: TakeReply,
  signal: AbortSignal,
): Promise<{ readonly pays: boolean }> {
  const key = keyOf(prompt)
  const kept = await promptCache.get(key)
  if (kept !== undefined) {
    await screen(giveAgain(kept))(take, signal)
    return { pays: false }
  }
  const generateAndKeep: ReplySource = async (share, shared) => {
    const claim = await promptCache.claim(key, shared)
    if (claim.kind === 'answered') {
      await screen(giveAgain(claim.answer))(share, shared)
      return
    }
    try {
      const answer = collectKept()
      await screen(generate)(batch => {
        answer.add(batch)
        share(batch)
      }, shared)
      const whole = answer.whole()
      if (whole !== undefined && conversationId !== undefined) await promptCache.put(key, whole, conversationId)
    } finally {
      await claim.release()
    }
  }
  const { led } = await flights.join(key, generateAndKeep, take, signal)
  return { pays: led }
}

/** A kept answer leaves word by word, like any other, only faster: so many words, and a moment. */
const wordsAtOnce = 32
const momentMs = 5

const giveAgain =
  ({ content, finishReason, servedBy, usage }: KeptAnswer): ReplySource =>
  async (take, signal) => {
    take([{ type: 'kept', servedBy, usage }])
    const words = content.match(/\s*\S+\s*|\s+/g) ?? []
    for (let first = 0; first < words.length; first += wordsAtOnce) {
      take(words.slice(first, first + wordsAtOnce).map(text => ({ type: 'text' as const, text })))
      await wait(momentMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
    take([{ type: 'end', finishReason }])
  }

/** Gathers what is worth keeping of an answer: one that ended by itself, was not refused and called no tool. */
function collectKept() {
  let content = ''
  let servedBy: KeptAnswer['servedBy'] | undefined
  let usage: KeptAnswer['usage'] = null
  let ended = false
  let clean = true
  return {
    add(batch: readonly ReplyEvent[]): void {
      for (const event of batch) {
        if (event.type === 'text') content += event.text
        else if (event.type === 'dispatched') servedBy = { cluster: event.cluster, model: event.model }
        else if (event.type === 'usage') usage = usageOf(event)
        else if (event.type === 'refused' || event.type === 'tool_call') clean = false
        else if (event.type === 'end') ended = event.finishReason === 'stop'
      }
    },
    whole(): KeptAnswer | undefined {
      if (!ended || !clean || content.trim() === '' || servedBy === undefined) return undefined
      return { content, finishReason: 'stop', servedBy, usage }
    },
  }
}

const usageOf = ({ inputTokens, cachedTokens, outputTokens }: Extract<ReplyEvent, { type: 'usage' }>) => ({
  inputTokens,
  cachedTokens,
  outputTokens,
})
