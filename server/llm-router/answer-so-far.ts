import { AttemptFailure } from './attempt-failure.ts'
import { createOverlapDropper, type OverlapDropper, textToGoOnFrom } from './drop-overlap.ts'
import type { GenerationEvent, GenerationRequest, PromptMessage, TakeBatch } from './generation-event.ts'

/** What the clusters have said of one answer, and how the next one is asked to go on with it. */
export interface AnswerSoFar {
  /** What a cluster is to be asked now. */
  readonly request: GenerationRequest
  /**
   * Hands on what a cluster says. Behind a seam: without what it repeats, its usage with that of the part before. Throws
   * an `AttemptFailure` where the prompt is too long with the text so far in it.
   */
  readonly take: TakeBatch
  /**
   * Whether another cluster could go on: some text was said, and nothing but text, since no engine takes up half a call
   * or a thought. Once only: what breaks every cluster that reads it must not go round.
   */
  readonly mayGoOn: boolean
  /** From now on the request asks to go on with the text so far, and `take` takes what follows it. */
  goOn(): Extract<GenerationEvent, { readonly type: 'went_on' }>
}

export function createAnswerSoFar(request: GenerationRequest, handOn: TakeBatch): AnswerSoFar {
  return new TakenAnswer(request, handOn)
}

class TakenAnswer implements AnswerSoFar {
  request: GenerationRequest
  readonly #handOn: TakeBatch
  #text = ''
  #pieces = 0
  #nothingElse = true
  #seam: Seam | undefined

  constructor(request: GenerationRequest, handOn: TakeBatch) {
    this.request = request
    this.#handOn = handOn
  }

  readonly take: TakeBatch = batch => {
    if (this.#seam !== undefined) {
      const joined = joinBatch(this.#seam, batch)
      if (joined.length > 0) this.#handOn(joined)
      return
    }
    for (const event of batch) {
      if (event.type === 'text') {
        this.#text += event.text
        this.#pieces += 1
      } else if (event.type === 'reasoning' || event.type === 'tool_call') {
        this.#nothingElse = false
      }
    }
    this.#handOn(batch)
  }

  get mayGoOn() {
    return this.#text !== '' && this.#nothingElse && this.#seam === undefined
  }

  goOn() {
    const { messages, maxTokens, continues } = this.request
    const spent = { inputTokens: guessTokens(messages), outputTokens: this.#pieces }
    const before = continues ? (messages.at(-1)?.content ?? '') : ''
    const said = before + this.#text
    this.#seam = { dropper: createOverlapDropper(said), spent }
    const content = textToGoOnFrom(said)
    // White space alone is no text to go on from: the answer is asked for anew.
    if (content !== '') {
      const prompt = continues ? messages.slice(0, -1) : messages
      this.request = {
        ...this.request,
        messages: [...prompt, { role: 'assistant', content }],
        maxTokens: Math.max(1, maxTokens - this.#pieces),
        continues: true,
        seamless: true,
      }
    }
    return { type: 'went_on' as const, at: this.#text.length, ...spent }
  }
}

interface Seam {
  readonly dropper: OverlapDropper
  /** By the part before it. */
  readonly spent: { readonly inputTokens: number; readonly outputTokens: number }
}

const bytesPerToken = 4

/** A quarter of the bytes, as for the choice of a cluster. */
const guessTokens = (messages: readonly PromptMessage[]) =>
  Math.ceil(messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) / bytesPerToken)

function joinBatch({ dropper, spent }: Seam, batch: readonly GenerationEvent[]): readonly GenerationEvent[] {
  const joined: GenerationEvent[] = []
  const say = (text: string) => {
    if (text !== '') joined.push({ type: 'text', text })
  }
  for (const event of batch) {
    if (event.type === 'text') {
      say(dropper.push(event.text))
      continue
    }
    if (event.type === 'too_long') throw new AttemptFailure('bad_request', 'too long to go on with')
    if (endsText.has(event.type)) say(dropper.end())
    if (event.type !== 'usage') joined.push(event)
    else {
      const { inputTokens, outputTokens } = spent
      joined.push({
        ...event,
        inputTokens: event.inputTokens + inputTokens,
        outputTokens: event.outputTokens + outputTokens,
      })
    }
  }
  return joined
}

const endsText: ReadonlySet<GenerationEvent['type']> = new Set(['reasoning', 'tool_call', 'usage', 'end'])
