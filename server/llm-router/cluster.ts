import type { Agent } from 'undici'
import { type Clock, followAbort, type Log } from '#kit'
import { createAnswerReader } from './answer-reader.ts'
import { askForLoad } from './ask-for-load.ts'
import { askForModels } from './ask-for-models.ts'
import { AttemptFailure, networkReason } from './attempt-failure.ts'
import type { CapacityPart } from './capacity-part.ts'
import { createRecentDecisions, type RecentDecisions } from './choice-reasons.ts'
import { type Breaker, createBreaker } from './decide/breaker.ts'
import type { ClusterLoad } from './decide/cluster-load.ts'
import { createLearnedLimit, type LearnedLimit } from './decide/learned-limit.ts'
import { createLearnedLoad } from './decide/learned-load.ts'
import { type Candidate, inFlight } from './decide/policy.ts'
import { continuationOf, type Engine, gaugesOf } from './engines.ts'
import type { GenerationRequest, ReadPace, TakeBatch } from './generation-event.ts'
import type { KeptConnections } from './kept-connections.ts'
import { postStream } from './post-stream.ts'
import { readRefusal } from './read-refusal.ts'
import { type OptionalParameter, optionalParameters, requestBody } from './request-body.ts'

/** One OpenAI-compatible endpoint. */
export interface ClusterOptions {
  readonly name: string
  /** Where it stands. */
  readonly region: string | undefined
  /** Up to and including `/v1`. */
  readonly url: string
  readonly apiKey: string | undefined
  /** Undefined: whatever its `GET /models` lists, but for models that only embed. */
  readonly models: readonly string[] | undefined
  /** Generations at once; undefined: no limit is known. */
  readonly capacity: number | undefined
  /** Undefined: detected where possible. */
  readonly engine: Engine | undefined
}

/** What administrators say of a cluster. */
export interface Steering {
  /** `draining`: nothing new is sent there. `disabled`: as if it were not there, nor is it looked at. */
  readonly state: 'enabled' | 'draining' | 'disabled'
  /** Of its share of the work beside others: 0.01 to 10; 1 by default. */
  readonly weight: number
}

/** What was learned of an endpoint. A cluster that is given other options goes on with it. */
export interface Learned {
  readonly load: ClusterLoad
  readonly limit: LearnedLimit
  readonly breaker: Breaker
  /** That the breaker judges it with. */
  readonly apiKey: string | undefined
  readonly decisions: RecentDecisions
  readonly contexts: Map<string, number>
  models: readonly string[]
}

export interface Cluster extends Candidate, Steering {
  readonly options: ClusterOptions
  readonly url: string
  readonly learned: Learned
  /** Why it last failed; undefined: it never did. */
  readonly lastFailure: string | undefined
  /** The models it serves, as far as known now. */
  models(): readonly string[]
  /** What runs there; undefined while it is not known. */
  engine(): Engine | undefined
  /** The context of one of them, where the endpoint tells it. */
  contextTokens(model: string): number | undefined
  /**
   * Asks the endpoint for its models, and so whether it is there; a failure leaves what was known of them. And for its
   * load, where the engine tells that: until the next look it corrects what is known from our own dispatches.
   */
  look(signal: AbortSignal): Promise<void>
  /**
   * One attempt at one answer; resolves when it is whole, or refused as too long, with what it came to. Aborting destroys the socket at once
   * and rejects with the signal's reason; every other way to fail is an `AttemptFailure`, but for what `take` throws.
   * The caller minds the time until the first token, by aborting.
   */
  generate(attempt: Attempt): Promise<Counts>
}

export interface Attempt {
  readonly model: string
  readonly request: GenerationRequest
  readonly take: TakeBatch
  /** Called once, before the first of the answer is taken. */
  readonly onFirst: () => void
  /** The longest silence between two tokens, as things are now; asked every two seconds. */
  readonly silenceMs: () => number
  readonly pace: ReadPace | undefined
  readonly signal: AbortSignal
}

/** What an answer came to, in tokens: as the cluster counts them, else in the pieces it came in. */
export interface Counts {
  readonly outputTokens: number
  /** Of the prompt, what the cluster had kept; undefined where it does not tell. */
  readonly cachedTokens: number | undefined
}

export interface ClusterDeps {
  /** Looks at the endpoint. */
  readonly agent: Agent
  /** Carry its answers. */
  readonly connections: KeptConnections
  /** Of its capacity, what may be used here. */
  readonly part: Pick<CapacityPart, 'of'>
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

/** How often a silence between two tokens is looked for. */
const checkEveryMs = 2_000

export function createCluster(options: ClusterOptions, deps: ClusterDeps, before?: Learned): Cluster {
  const { agent, connections, part, clock, log } = deps
  const authorization = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }
  const completions = new URL(`${options.url}/chat/completions`)
  const postHeaders = { ...authorization, 'content-type': 'application/json', accept: 'text/event-stream' }
  const learned = goOnWith(before, options, deps)
  const { breaker, load, limit, contexts } = learned
  const refused = new Map<string, ReadonlySet<OptionalParameter>>()
  let lastFailure: string | undefined
  let engine = options.engine

  /** One request. Undefined: it was refused for a parameter, which the next one leaves out. */
  async function post(attempt: Attempt): Promise<Counts | undefined> {
    const { model, request, take, silenceMs, pace } = attempt
    const silence = followAbort(attempt.signal)
    const without = refused.get(model) ?? new Set<OptionalParameter>()
    let quietChecks = 0
    const answer = createAnswerReader(take, () => {
      breaker.answered(clock.elapsed())
      attempt.onFirst()
    })
    // Counting checks, not restarting a timer at each token: at ten thousand tokens a second that shows.
    const watch = setInterval(() => {
      quietChecks += answer.started ? 1 : 0
      if (quietChecks > silenceMs() / checkEveryMs) silence.abort(new AttemptFailure('silent', 'idle'))
    }, checkEveryMs)
    const outcome = await postStream(connections, {
      url: completions,
      headers: postHeaders,
      body: requestBody(request, { model, continuation: continuationOf(engine), without }),
      signal: silence.signal,
      onBytes: bytes => answer.push(bytes),
      onRead() {
        quietChecks = 0
        answer.handOver()
        return answer.started && pace?.pressed ? pace.later : undefined
      },
    })
      .catch((error: unknown) => {
        answer.handOver()
        throw error
      })
      .finally(() => {
        clearInterval(watch)
        silence.release()
      })
    if (outcome.type === 'streamed') {
      if (!outcome.whole) throw new AttemptFailure('broken', 'cut')
    } else {
      const refusal = readRefusal(outcome)
      if (refusal.type === 'without') {
        if (without.has(refusal.parameter)) throw new AttemptFailure('bad_request', `refuses ${refusal.parameter}`)
        // A new set each time: requests under way still know what they were sent without.
        refused.set(model, new Set(refused.get(model)).add(refusal.parameter))
        return undefined
      }
      take([refusal])
    }
    breaker.answered(clock.elapsed())
    return { outputTokens: answer.usage?.outputTokens ?? answer.pieces, cachedTokens: answer.usage?.cachedTokens }
  }

  async function lookAtLoad(signal: AbortSignal): Promise<void> {
    const gauges = gaugesOf(engine)
    const report = gauges && (await askForLoad(agent, options, gauges, signal).catch(() => undefined))
    load.observed(report, clock.elapsed())
  }

  return {
    name: options.name,
    url: options.url,
    options,
    get capacity() {
      return options.capacity === undefined ? limit.limit : part.of(options.capacity)
    },
    state: 'enabled',
    weight: 1,
    load,
    breaker,
    learned,
    get lastFailure() {
      return lastFailure
    },
    models: () => options.models ?? learned.models,
    engine: () => engine,
    contextTokens: model => contexts.get(model),
    async look(signal) {
      const loadSeen = lookAtLoad(signal)
      try {
        const listing = await askForModels(agent, options, signal)
        tellChange(breaker.seen(true, clock.elapsed()), 'a cluster is there')
        // What it says may be strange; that it says something is all that health asks for.
        if (listing.models === undefined) return
        const known = learned.models
        learned.models = listing.models.map(({ id }) => id)
        engine ??= listing.engine
        for (const { id, contextTokens } of listing.models) if (contextTokens) contexts.set(id, contextTokens)
        if (known.join() !== learned.models.join())
          log.info({ cluster: options.name, models: learned.models }, 'a cluster listed its models')
      } catch (error) {
        lastFailure = networkReason(error)
        tellChange(breaker.seen(false, clock.elapsed()), 'a cluster cannot be reached', lastFailure)
      }
      await loadSeen
    },
    async generate(attempt) {
      try {
        for (let posts = 0; posts <= optionalParameters.length; posts++) {
          const counts = await post(attempt)
          if (counts === undefined) continue
          limit.answered(inFlight({ load }) - 1, clock.elapsed())
          return counts
        }
        throw new AttemptFailure('bad_request', 'refuses every parameter')
      } catch (error) {
        if (error instanceof AttemptFailure) {
          const now = clock.elapsed()
          lastFailure = error.message
          if (error.kind === 'busy') limit.refused(inFlight({ load }) - 1, now)
          breaker.failed(error.kind, now, error.retryAfterMs)
        }
        throw error
      }
    },
  }

  function tellChange(changed: boolean, message: string, reason?: string): void {
    if (changed) log.warn({ cluster: options.name, reason }, message)
  }
}

/** With another key than it was judged with, a cluster may be well again; all else is the endpoint's. */
function goOnWith(before: Learned | undefined, { apiKey }: ClusterOptions, { clock, random }: ClusterDeps): Learned {
  const breaker = createBreaker(random, clock.elapsed())
  if (before !== undefined) return before.apiKey === apiKey ? before : { ...before, apiKey, breaker }
  const decisions = createRecentDecisions()
  const [load, limit] = [createLearnedLoad(), createLearnedLimit()]
  return { load, limit, breaker, apiKey, decisions, contexts: new Map(), models: [] }
}
