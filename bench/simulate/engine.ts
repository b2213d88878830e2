import { normal, type Random } from '../seeded-random.ts'
import { createKeptBlocks, type KeptBlocks } from './kept-blocks.ts'
import type { Prompt } from './prompt.ts'
import type { Timeline } from './timeline.ts'

/**
 * An engine with continuous batching and chunked prefill, as vLLM and SGLang work (Agrawal et al. 2024, "Sarathi-Serve"):
 * it goes in steps, in each of which every running sequence gets one token and at most `chunkTokens` tokens of prompts
 * are read:
 *
 *     step = gapMs + gapPerStreamMs x sequences + prompt tokens / promptTokensPerSecond
 *
 * At most `slots` sequences run; others wait in order of arrival. Prompts whose blocks are still kept are read from there
 * on. Memory for sequences under way is not bounded apart from `keptTokens`, and answers are not kept as prompts of the
 * next turn: both are the same for all policies.
 */
export interface EngineSpec {
  readonly promptTokensPerSecond: number
  readonly gapMs: number
  readonly gapPerStreamMs: number
  readonly slots: number
  readonly chunkTokens: number
  /** Prompt tokens in the prefix cache. */
  readonly keptTokens: number
  /** Standard deviation of the logarithm of a step's duration. */
  readonly noise: number
}

/**
 * A 70-billion-parameter model on four H100: about 15 ms a token alone and 40 ms with 128 streams, 10,000 prompt tokens a
 * second. In range of what is published for such machines (vLLM's Llama 3 70B benchmarks of version 0.6, 2024-09: 20 to
 * 40 ms a token under load; NVIDIA's and Lambda's tables: 8,000 to 12,000 prompt tokens a second). The step's bound of
 * 2,048 prompt tokens and 256 sequences are vLLM's defaults of that time; we take 128 sequences. Its memory: 320 KB a token (80 layers
 * x 8 heads x 128 x 2 x 2 bytes), some 130 GB left beside the weights: 400,000 tokens.
 */
export const referenceEngine: EngineSpec = {
  promptTokensPerSecond: 10_000,
  gapMs: 15,
  gapPerStreamMs: 0.2,
  slots: 128,
  chunkTokens: 2_048,
  keptTokens: 400_000,
  noise: 0.05,
}

/** The same machine, so many times as fast. */
export const scaled = (spec: EngineSpec, speed: number): EngineSpec => ({
  ...spec,
  promptTokensPerSecond: spec.promptTokensPerSecond * speed,
  gapMs: spec.gapMs / speed,
  gapPerStreamMs: spec.gapPerStreamMs / speed,
})

export interface Engine {
  /** Takes a request, and calls `first` and `end` as it goes on; never both in one go unless the answer is one token. */
  accept(prompt: Prompt, tell: Listener): Job
  /** The client went away: its sequence is freed at the next step. */
  cancel(job: Job): void
  /** All steps take so many times as long from the next one on; infinite: it hangs. */
  slowDown(factor: number): void
  /** The process died: everything under way is cut and nothing is kept. */
  crash(): void
  /** Its prefix cache is lost. */
  forget(): void
}

export interface Listener {
  first(): void
  end(): void
  cut(): void
}

/** A request in the engine. */
export interface Job {
  readonly prompt: Prompt
  readonly tell: Listener
  /** Prompt tokens that were found kept. */
  cachedTokens: number
  /** Prompt tokens read so far, beside those. */
  readTokens: number
  outputTokens: number
  state: 'waiting' | 'reading' | 'writing' | 'gone'
  toRead: number
  /** The step in which its first token came. */
  firstStep: number
  /** After this step it is over. */
  lastStep: number
}

export function createEngine(spec: EngineSpec, timeline: Timeline, random: Random, tokensPerBlock: number): Engine {
  return new SteppingEngine(spec, timeline, random, createKeptBlocks(Math.floor(spec.keptTokens / tokensPerBlock)))
}

class SteppingEngine implements Engine {
  readonly #spec: EngineSpec
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #kept: KeptBlocks
  /** In order of arrival; those that went away are skipped. */
  #waiting: Job[] = []
  #reading: Job[] = []
  #writing = new Set<Job>()
  /** Those that write, by their last step. */
  #ending = new Map<number, Job[]>()
  #step = 0
  #stepping = false
  #slowness = 1

  constructor(spec: EngineSpec, timeline: Timeline, random: Random, kept: KeptBlocks) {
    this.#spec = spec
    this.#timeline = timeline
    this.#random = random
    this.#kept = kept
  }

  accept(prompt: Prompt, tell: Listener): Job {
    const job: Job = {
      prompt,
      tell,
      cachedTokens: 0,
      readTokens: 0,
      outputTokens: 0,
      state: 'waiting',
      toRead: prompt.promptTokens,
      firstStep: 0,
      lastStep: 0,
    }
    this.#waiting.push(job)
    this.#begin()
    return job
  }

  cancel(job: Job): void {
    if (job.state === 'gone') return
    if (job.state === 'writing') {
      job.outputTokens = this.#step - job.firstStep + 1
      this.#writing.delete(job)
    }
    job.state = 'gone'
  }

  slowDown(factor: number): void {
    this.#slowness = factor
    this.#begin()
  }

  crash(): void {
    const cut = [...this.#writing, ...this.#reading, ...this.#waiting].filter(({ state }) => state !== 'gone')
    for (const job of cut) this.cancel(job)
    this.#waiting = []
    this.#reading = []
    this.#ending.clear()
    this.#kept.clear()
    for (const job of cut) job.tell.cut()
  }

  forget(): void {
    this.#kept.clear()
  }

  #begin(): void {
    if (this.#stepping || this.#slowness === Number.POSITIVE_INFINITY) return
    this.#admit()
    if (this.#writing.size === 0 && this.#reading.length === 0) return
    this.#stepping = true
    const { promptTokensPerSecond, gapMs, gapPerStreamMs, noise } = this.#spec
    const parts = this.#chunk()
    const read = parts.reduce((sum, { tokens }) => sum + tokens, 0)
    const stepMs = gapMs + gapPerStreamMs * this.#writing.size + (1_000 * read) / promptTokensPerSecond
    const noisy = noise === 0 ? stepMs : stepMs * Math.exp(noise * normal(this.#random))
    this.#timeline.after(noisy * this.#slowness, () => this.#finish(parts))
  }

  #admit(): void {
    const { slots } = this.#spec
    let taken = 0
    for (const job of this.#waiting) {
      if (this.#reading.length + this.#writing.size >= slots) break
      taken += 1
      if (job.state === 'gone') continue
      const { blocks, promptTokens, tokensPerBlock } = job.prompt
      // The last token is always computed: the first one of the answer comes out of it.
      job.cachedTokens = Math.min(this.#kept.use(blocks) * tokensPerBlock, promptTokens - 1)
      job.toRead = promptTokens - job.cachedTokens
      job.state = 'reading'
      this.#reading.push(job)
    }
    if (taken > 0) this.#waiting.splice(0, taken)
  }

  /** What of which prompts is read in this step. */
  #chunk(): ReadonlyArray<{ readonly job: Job; readonly tokens: number }> {
    const parts = []
    let left = this.#spec.chunkTokens
    for (const job of this.#reading) {
      if (left === 0) break
      const tokens = Math.min(left, job.toRead - job.readTokens)
      left -= tokens
      parts.push({ job, tokens })
    }
    return parts
  }

  #finish(parts: ReadonlyArray<{ readonly job: Job; readonly tokens: number }>): void {
    this.#step += 1
    const over = this.#ending.get(this.#step) ?? []
    this.#ending.delete(this.#step)
    for (const { job, tokens } of parts) {
      if (job.state !== 'reading') continue
      job.readTokens += tokens
      if (job.readTokens >= job.toRead) this.#answer(job)
    }
    this.#reading = this.#reading.filter(({ state }) => state === 'reading')
    for (const job of over) if (job.state === 'writing') this.#end(job)
    this.#stepping = false
    this.#begin()
  }

  #answer(job: Job): void {
    this.#kept.add(job.prompt.blocks)
    job.state = 'writing'
    job.firstStep = this.#step
    job.lastStep = this.#step + job.prompt.outputTokens - 1
    this.#writing.add(job)
    job.tell.first()
    if (job.state !== 'writing') return
    if (job.lastStep === this.#step) this.#end(job)
    else {
      const others = this.#ending.get(job.lastStep)
      if (others === undefined) this.#ending.set(job.lastStep, [job])
      else others.push(job)
    }
  }

  #end(job: Job): void {
    this.cancel(job)
    job.tell.end()
  }
}
