import { AttemptFailure } from './attempt-failure.ts'
import type { GenerationEvent, TakeBatch } from './generation-event.ts'
import { type CompletionScanner, createCompletionScanner } from './scan-completion.ts'

/** Reads a cluster's answer and hands on, as one batch, what each read of its socket brought. */
export interface AnswerReader {
  /** Some of the answer was handed over. */
  readonly started: boolean
  /** Events so far: where a cluster does not count its tokens, the next best. */
  readonly pieces: number
  readonly usage: Extract<GenerationEvent, { readonly type: 'usage' }> | undefined
  /** Takes a part of what a read brought. True: the answer is whole. Throws an `AttemptFailure` where it is none. */
  push(bytes: Buffer): boolean
  /** A read is over, or failed: what it brought is part of the text so far. */
  handOver(): void
}

/** `onFirst` is called once, before the first of the answer is taken. */
export function createAnswerReader(take: TakeBatch, onFirst: () => void): AnswerReader {
  return new GatheringReader(take, onFirst)
}

/** A class, since its fields are read for every token. */
class GatheringReader implements AnswerReader {
  started = false
  pieces = 0
  usage: Extract<GenerationEvent, { type: 'usage' }> | undefined
  readonly #take: TakeBatch
  readonly #onFirst: () => void
  readonly #scanner: CompletionScanner = createCompletionScanner()
  #batch: readonly GenerationEvent[] = []

  constructor(take: TakeBatch, onFirst: () => void) {
    this.#take = take
    this.#onFirst = onFirst
  }

  push(bytes: Buffer): boolean {
    const news = scan(this.#scanner, bytes)
    // Many clusters send each token as a chunk of its own, and one read brings several.
    this.#batch = this.#batch.length === 0 ? news : [...this.#batch, ...news]
    if (this.#scanner.complete) this.handOver()
    return this.#scanner.complete
  }

  handOver(): void {
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    if (!this.started && batch.some(carriesAnswer)) {
      this.started = true
      this.#onFirst()
    }
    this.pieces += batch.length
    if (this.#scanner.complete) this.usage = batch.find(event => event.type === 'usage')
    this.#take(batch)
  }
}

const carriesAnswer = ({ type }: GenerationEvent) => type === 'text' || type === 'reasoning' || type === 'tool_call'

function scan(scanner: CompletionScanner, bytes: Buffer): readonly GenerationEvent[] {
  try {
    return scanner.push(bytes)
  } catch (error) {
    throw new AttemptFailure('broken', 'garbage', { cause: error })
  }
}
