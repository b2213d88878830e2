import type { ClusterLoad, Dispatch, DispatchOutcome, EngineReport, Line, Share, Speed } from './cluster-load.ts'
import { type Demand, uncachedTokens } from './demand.ts'
import { createLearnedFactor, type LearnedFactor } from './learned-factor.ts'
import { createLinearFit, type LinearFit } from './linear-fit.ts'
import { createPrefixIndex, type PrefixIndex, type SentPrefix } from './prefix-index.ts'

const mostBlocks = 50_000
/** A million tokens: until an engine tells what it finds, about what large GPUs keep. */
const likelyBlocks = 8_000
const firstTokenFit = { weight: 0.03, leastSlope: 0.3, mostSlope: 1 }
const gapFit = { weight: 0.02, leastSlope: 0, mostSlope: 1 }
/** So much of an answer's time it writes, whatever else it reads. */
const leastWriting = 0.3
/** Of a first token that took so many times what was predicted, or so many times less, other reasons are looked for. */
const surprising = 1.5
const latenessFrom = 1.5
const latenessSlackMs = 300
const mostLateness = 20
const newestWeight = 0.2
const readWeight = 0.05
const none: Share = { unanswered: 0, pendingTokens: 0, streaming: 0 }

/** A load that nothing is known of yet: it learns from each dispatch. */
export function createLearnedLoad(): ClusterLoad {
  return new LearnedLoad()
}

class LearnedLoad implements ClusterLoad {
  meanFirstTokenMs = 0
  slowness = 1
  spread = 0.3
  others = none
  strangers = 0
  #strangersTokens = 0
  meanToRead = 0
  #unanswered = 0
  #pendingTokens = 0
  #streaming = 0
  /** In the order they were sent. */
  readonly #waiting = new Set<OpenDispatch>()
  readonly #prefixes: PrefixIndex = createPrefixIndex(mostBlocks, likelyBlocks)
  readonly #first: LinearFit = createLinearFit(firstTokenFit)
  readonly #firstFactor: LearnedFactor = createLearnedFactor()
  readonly #gap: LinearFit = createLinearFit(gapFit)
  readonly #gapFactor: LearnedFactor = createLearnedFactor()
  /** It is an engine that tells how much of a prompt it has found kept: others say none each time. */
  #tellsFound = false
  /** Streams x milliseconds so far, for the mean number of streams beside an answer. */
  #streamMs = 0
  #streamsChangedAt = 0
  /** Prompt tokens read so far. */
  #readTokens = 0

  get unanswered() {
    return this.#unanswered + this.others.unanswered
  }
  get pendingTokens() {
    return this.#pendingTokens + this.others.pendingTokens + this.#strangersTokens
  }
  get streaming() {
    return this.#streaming + this.others.streaming
  }
  get own(): Share {
    return { unanswered: this.#unanswered, pendingTokens: this.#pendingTokens, streaming: this.#streaming }
  }
  get firstTokens() {
    return this.#first.samples
  }

  get measured() {
    return { first: this.#first, gap: this.#gap }
  }

  speed(prior: Speed, now: number): Speed {
    return { first: times(prior.first, this.#firstFactor.at(now)), gap: times(prior.gap, this.#gapFactor.at(now)) }
  }

  known({ blocks }: Demand): number {
    return this.#prefixes.known(blocks)
  }

  lateness(now: number): number {
    for (const { sentAt, predictedMs } of this.#waiting) {
      const age = now - sentAt
      if (age <= latenessFrom * predictedMs + latenessSlackMs) return 1
      return Math.min(mostLateness, age / Math.max(1, predictedMs))
    }
    return 1
  }

  oldestMs(now: number): number {
    for (const { sentAt } of this.#waiting) return now - sentAt
    return 0
  }

  dispatch(demand: Demand, now: number, predictedMs: number, prior: Speed): Dispatch {
    const prefix = this.#prefixes.add(demand.blocks)
    const toRead = uncachedTokens(demand, prefix.known)
    this.meanToRead += (this.meanToRead === 0 ? 1 : readWeight) * (toRead - this.meanToRead)
    const sent: OpenDispatch = {
      sentAt: now,
      predictedMs,
      ahead: this.pendingTokens + toRead,
      toRead,
      factor: this.#firstFactor.at(now),
      prior,
      kept: demand.promptTokens - toRead,
      firstAt: undefined,
      streamMsBefore: 0,
      readBefore: 0,
      ended: false,
    }
    this.#waiting.add(sent)
    this.#unanswered += 1
    this.#pendingTokens += toRead
    return {
      predictedMs,
      firstToken: at => this.#firstToken(sent, at),
      end: (at, outcome) => this.#end(sent, demand, prefix, at, outcome),
    }
  }

  heard(others: Share, now: number): void {
    this.#countStreams(now, 0)
    this.others = others
  }

  observed(report: EngineReport | undefined, now: number): void {
    this.#countStreams(now, 0)
    const { running, waiting } = report ?? { running: 0, waiting: 0 }
    const strange = Math.max(0, running + waiting - this.unanswered - this.streaming)
    const strangeWaiting = Math.min(strange, waiting)
    this.strangers = strange - strangeWaiting
    this.#strangersTokens = strangeWaiting * this.meanToRead
  }

  #firstToken(sent: OpenDispatch, now: number): void {
    if (sent.firstAt !== undefined || sent.ended) return
    sent.firstAt = now
    this.#answered(sent)
    this.#countStreams(now, 1)
    sent.streamMsBefore = this.#streamMs
    const took = now - sent.sentAt
    const ratio = took / Math.max(1, sent.predictedMs)
    const step = newestWeight * (ratio - this.slowness)
    this.spread = Math.sqrt((1 - newestWeight) * (this.spread ** 2 + step * (ratio - this.slowness)))
    this.slowness += step
    this.meanFirstTokenMs += (this.#first.samples === 0 ? 1 : newestWeight) * (took - this.meanFirstTokenMs)
    this.#first.sample(sent.ahead, took)
    const factor = factorOf(sent, took)
    if (factor !== undefined) this.#firstFactor.sample(factor, now)
    this.#readTokens += sent.toRead
    sent.readBefore = this.#readTokens
  }

  #end(sent: OpenDispatch, demand: Demand, prefix: SentPrefix, now: number, outcome: DispatchOutcome): void {
    if (sent.ended) return
    sent.ended = true
    const { firstAt } = sent
    if (firstAt === undefined) {
      this.#answered(sent)
      // Written when it was sent, for those that come behind it; what was not read is not kept.
      if (outcome.failed) this.#prefixes.forget(demand.blocks, prefix.known)
      return
    }
    this.#countStreams(now, -1)
    const { outputTokens, cachedTokens } = outcome
    this.#tellsFound ||= (cachedTokens ?? 0) > 0
    // Some engines say nothing where they found nothing. One block is left to the guess of tokens.
    if (this.#tellsFound) this.#prefixes.learn(prefix, 1 + (cachedTokens ?? 0) / demand.tokensPerBlock)
    if (outputTokens === undefined || outputTokens < 2 || now <= firstAt) return
    const duration = now - firstAt
    // While it reads prompts, an engine writes nothing: that time is counted there, not here.
    const reading = this.#firstFactor.at(now) * sent.prior.first.slope * (this.#readTokens - sent.readBefore)
    const writing = Math.max(leastWriting * duration, duration - reading)
    const streams = (this.#streamMs - sent.streamMsBefore) / duration
    const gapMs = writing / (outputTokens - 1)
    const { intercept, slope } = sent.prior.gap
    this.#gap.sample(streams, gapMs)
    this.#gapFactor.sample(gapMs / Math.max(1, intercept + slope * streams), now)
  }

  #answered(sent: OpenDispatch): void {
    this.#waiting.delete(sent)
    this.#unanswered -= 1
    this.#pendingTokens -= sent.toRead
  }

  #countStreams(now: number, change: number): void {
    this.#streamMs += (this.streaming + this.strangers) * (now - this.#streamsChangedAt)
    this.#streamsChangedAt = now
    this.#streaming += change
  }
}

interface OpenDispatch {
  readonly sentAt: number
  readonly predictedMs: number
  /** Prompt tokens to be read before its own first token, its own among them. */
  readonly ahead: number
  readonly toRead: number
  /** How many times slower than this it was taken for. */
  readonly factor: number
  readonly prior: Speed
  /** Those that it has probably kept. */
  readonly kept: number
  streamMsBefore: number
  readBefore: number
  firstAt: number | undefined
  ended: boolean
}

/**
 * How many times slower than one that is as expected the cluster was, by one first token. One that comes far later than
 * predicted may have met a cache that had forgotten, one far sooner a cache that knew more: what these explain says
 * nothing about how fast the cluster is, and then this is undefined.
 */
function factorOf({ predictedMs, factor, prior, ahead, kept }: OpenDispatch, took: number): number | undefined {
  const ratio = took / Math.max(1, predictedMs)
  if (ratio <= surprising && ratio >= 1 / surprising) return factor * ratio
  const explained = Math.max(1, predictedMs + factor * prior.first.slope * (ratio > 1 ? kept : -ahead))
  const unexplained = took / explained
  return unexplained > 1 === ratio > 1 ? factor * unexplained : undefined
}

const times = ({ intercept, slope }: Line, factor: number): Line => ({
  intercept: intercept * factor,
  slope: slope * factor,
})
