import type { FailureKind } from '../../server/llm-router/attempt-failure.ts'
import type { AdmissionQueue } from '../../server/llm-router/decide/admission-queue.ts'
import { createBreaker } from '../../server/llm-router/decide/breaker.ts'
import { createLearnedLoad } from '../../server/llm-router/decide/learned-load.ts'
import { outlookOf } from '../../server/llm-router/decide/outlook.ts'
import { createOutputLengths } from '../../server/llm-router/decide/output-lengths.ts'
import { patienceMs } from '../../server/llm-router/decide/patience.ts'
import type { Scored } from '../../server/llm-router/decide/policy.ts'
import { createPool, hasRoom } from '../../server/llm-router/decide/pool.ts'
import { createRetryBudget } from '../../server/llm-router/decide/retry-budget.ts'
import type { Random } from '../seeded-random.ts'
import type { Job } from './engine.ts'
import { type Attempt, type Member, type OpenRequest, openRequest } from './open-request.ts'
import type { Ending, Outcome } from './outcome.ts'
import type { PolicyUnderTest } from './policy-under-test.ts'
import type { Prompt } from './prompt.ts'
import { createPlainLine } from './rivals/plain-line.ts'
import type { Site } from './site.ts'
import type { Timeline } from './timeline.ts'

/**
 * A router process: the production code decides, and what fail-over.ts does around it over HTTP is done here on the
 * timeline. Keeps what it knows of each cluster to itself.
 */
export interface SimulatedRouter {
  /** `done` is called once for each. */
  send(prompt: Prompt, done: (outcome: Outcome) => void): void
  /** All clusters that it has met. */
  readonly members: ReadonlyMap<string, Member>
  /** Ends what has not ended. */
  close(): void
}

export interface SimulatedRouterOptions {
  readonly sites: readonly Site[]
  readonly policy: PolicyUnderTest
  readonly timeline: Timeline
  readonly random: Random
  /** Generations at once on each cluster, before which requests then wait in line; undefined: no limit, and no line. */
  readonly capacity: number | undefined
}

const mostAttempts = 3
const lookAgainMs = 2_000
const firstTokenTimeoutMs = 300_000
/** Until a refused connection and a 500 are known. */
const refusalMs = { unreachable: 1, broken: 20 }
/** As create-llm-router.ts looks at clusters from the background. */
const lookEveryMs = 15_000
const lookAtAilingEveryMs = 3_000
/** As waiting-line.ts does. */
const lookAtLineEveryMs = 250
const model = 'model'

export function createSimulatedRouter(options: SimulatedRouterOptions): SimulatedRouter {
  return new DecidingRouter(options)
}

class DecidingRouter implements SimulatedRouter {
  readonly members = new Map<string, Member>()
  readonly #options: SimulatedRouterOptions
  readonly #pool
  readonly #retries = createRetryBudget()
  readonly #lengths = createOutputLengths()
  readonly #open = new Set<OpenRequest>()
  readonly #line: AdmissionQueue

  constructor(options: SimulatedRouterOptions) {
    this.#options = options
    this.#pool = createPool({ policy: options.policy.choose, random: options.random })
    this.#line = (options.policy.createLine ?? createPlainLine)({
      outlook: (_, expected, now) => outlookOf(this.#serving(), expected, this.#pool.prior, now),
    })
    this.#look(lookEveryMs, () => true)
    this.#look(lookAtAilingEveryMs, ({ breaker }) => breaker.state(options.timeline.now) === 'open')
    if (options.capacity !== undefined) this.#lookAtLine()
  }

  send(prompt: Prompt, done: (outcome: Outcome) => void): void {
    const { timeline } = this.#options
    this.#retries.requested(timeline.now)
    const request = openRequest(prompt, this.#lengths.expected(model), timeline.now, done)
    this.#open.add(request)
    if (prompt.leavesAfterMs !== undefined)
      request.leaving = timeline.after(prompt.leavesAfterMs, () => this.#leave(request))
    if (this.#options.capacity === undefined) this.#next(request)
    else this.#enterLine(request)
  }

  close(): void {
    for (const request of [...this.#open]) this.#finish(request, 'unanswered')
  }

  #enterLine(request: OpenRequest): void {
    const { now } = this.#options.timeline
    const { promptTokens, outputTokens } = request.demand
    const asker = {
      userId: `user ${request.prompt.user}`,
      class: 'default',
      model,
      promptTokens,
      outputTokens,
    } as const
    const admission = this.#line.admit(asker, now)
    request.ticket = admission.ticket
    if (admission.ticket === undefined) this.#finish(request, 'refused', admission.retryAfterMs)
    else admission.ticket.enter(() => this.#start(request), now)
  }

  #start(request: OpenRequest): 'started' | 'full' {
    const chosen = this.#pool.choose(this.#serving(), request.demand, this.#options.timeline.now)
    if (chosen === undefined) return 'full'
    this.#attempt(request, chosen)
    return 'started'
  }

  #serving(): Member[] {
    const { sites, random, timeline } = this.#options
    const serving: Member[] = []
    for (const site of sites) {
      // One that left and comes back is a new cluster.
      if (!site.member) this.members.delete(site.name)
      else {
        const member = this.members.get(site.name) ?? {
          name: site.name,
          site,
          load: createLearnedLoad(),
          breaker: createBreaker(random, timeline.now),
          capacity: this.#options.capacity,
          weight: 1,
        }
        this.members.set(site.name, member)
        serving.push(member)
      }
    }
    return serving
  }

  #next(request: OpenRequest): void {
    const { now } = this.#options.timeline
    const { demand, tried, failures } = request
    const serving = this.#serving()
    const untried = serving.filter(member => !tried.has(member))
    const chosen = this.#pool.choose(untried, demand, now) ?? this.#again(request)
    if (chosen === undefined) this.#finish(request, failures.length === 0 ? 'refused' : 'failed')
    else this.#attempt(request, chosen)
  }

  #again({ tried, failures, demand }: OpenRequest): Scored<Member> | undefined {
    const [before] = tried
    if (before === undefined || failures.length !== 1 || failures[0] !== 'unreachable') return undefined
    return this.#pool.choose([before], demand, this.#options.timeline.now)
  }

  #attempt(request: OpenRequest, choice: Scored<Member>): void {
    const { timeline, policy } = this.#options
    const { prompt, demand, tried } = request
    const { cluster } = choice
    tried.add(cluster)
    const attempt: Attempt = {
      cluster,
      sentAt: timeline.now,
      dispatch: this.#pool.dispatch(choice, demand, timeline.now),
      firstAt: undefined,
      job: undefined,
      timer: undefined,
    }
    policy.observe?.sent?.(cluster.name, demand)
    request.attempt = attempt
    const taken = cluster.site.accept(prompt, {
      first: () => this.#first(attempt),
      end: () => this.#finish(request, 'done'),
      cut: () => this.#failed(request, 'unreachable'),
    })
    if (typeof taken === 'string') attempt.timer = timeline.after(refusalMs[taken], () => this.#failed(request, taken))
    else {
      attempt.job = taken
      this.#wait(request, attempt)
    }
  }

  #wait(request: OpenRequest, attempt: Attempt): void {
    const { timeline } = this.#options
    const leftMs = attempt.sentAt + this.#patience(request, attempt) - timeline.now
    if (leftMs <= 0) this.#failed(request, 'silent')
    else attempt.timer = timeline.after(Math.min(leftMs, lookAgainMs), () => this.#wait(request, attempt))
  }

  #patience({ tried }: OpenRequest, { cluster, dispatch }: Attempt): number {
    const { now } = this.#options.timeline
    const others = this.#serving().filter(
      other => !tried.has(other) && hasRoom(other, now) && other.breaker.state(now) !== 'open',
    )
    if (others.length === 0) return firstTokenTimeoutMs
    const { slowness, spread, firstTokens } = cluster.load
    return patienceMs(
      { predictedMs: dispatch.predictedMs, slowness, spread, samples: firstTokens },
      others.some(({ load }) => load.firstTokens > 0),
    )
  }

  #first(attempt: Attempt): void {
    const { timeline, policy } = this.#options
    const { cluster, dispatch, sentAt, timer } = attempt
    if (timer !== undefined) timer.off = true
    attempt.firstAt = timeline.now
    dispatch.firstToken(timeline.now)
    cluster.breaker.answered(timeline.now)
    policy.observe?.answeredOrFailed?.(cluster.name, timeline.now - sentAt, timeline.now)
  }

  #failed(request: OpenRequest, kind: FailureKind): void {
    const { attempt, failures } = request
    if (attempt === undefined) return
    const { now } = this.#options.timeline
    const started = attempt.firstAt !== undefined
    attempt.cluster.breaker.failed(kind, now)
    if (started) {
      this.#finish(request, 'cut')
      return
    }
    failures.push(kind)
    this.#release(request, attempt)
    const { job } = attempt
    if (job !== undefined) request.wastedTokens += job.readTokens + job.outputTokens
    request.attempt = undefined
    if (failures.length < mostAttempts && (failures.length === 1 || this.#retries.spend(now))) this.#next(request)
    else this.#finish(request, 'failed')
  }

  #leave(request: OpenRequest): void {
    this.#finish(request, 'left')
  }

  /** Gives back what an attempt holds: its place in the engine, and its load. */
  #release({ demand }: OpenRequest, { cluster, dispatch, job, timer, firstAt, sentAt }: Attempt): void {
    const { timeline, policy } = this.#options
    if (timer !== undefined) timer.off = true
    if (job !== undefined) cluster.site.engine.cancel(job)
    dispatch.end(timeline.now, {
      failed: firstAt === undefined,
      outputTokens: job?.outputTokens,
      cachedTokens: job?.cachedTokens,
    })
    if (firstAt === undefined) policy.observe?.answeredOrFailed?.(cluster.name, timeline.now - sentAt, timeline.now)
    policy.observe?.ended?.(cluster.name, demand)
  }

  #finish(request: OpenRequest, ending: Ending, retryAfterMs?: number): void {
    const { attempt, prompt, askedAt, leaving, failures, wastedTokens } = request
    if (!this.#open.delete(request)) return
    if (leaving !== undefined) leaving.off = true
    if (attempt !== undefined) this.#release(request, attempt)
    if (ending === 'done') this.#lengths.sample(model, prompt.outputTokens)
    this.#leaveLine(request)
    request.done({
      ending,
      user: prompt.user,
      askedAt,
      firstAt: attempt?.firstAt,
      endedAt: this.#options.timeline.now,
      promptTokens: prompt.promptTokens,
      cachedTokens: attempt?.job?.cachedTokens ?? 0,
      outputTokens: attempt?.job?.outputTokens ?? 0,
      wastedTokens: wastedTokens + (ending === 'cut' ? wasteOf(attempt?.job) : 0),
      cluster: attempt?.cluster.name,
      failures: failures.length,
      retryAfterMs,
    })
  }

  #leaveLine({ ticket, attempt }: OpenRequest): void {
    const { now } = this.#options.timeline
    const { firstAt, sentAt = now, job } = attempt ?? {}
    ticket?.release(now)
    const read = job?.readTokens ?? 0
    const spent = { heldMs: now - sentAt, uncachedInputTokens: read, outputTokens: job?.outputTokens ?? 0 }
    ticket?.ended(firstAt === undefined ? undefined : spent, now)
  }

  #lookAtLine(): void {
    const { timeline } = this.#options
    timeline.after(lookAtLineEveryMs, () => {
      this.#line.advance(timeline.now)
      this.#lookAtLine()
    })
  }

  #look(everyMs: number, which: (member: Member) => boolean): void {
    const { timeline } = this.#options
    timeline.after(everyMs, () => {
      for (const member of this.members.values())
        if (which(member)) member.breaker.seen(member.site.reachable, timeline.now)
      this.#look(everyMs, which)
    })
  }
}

const wasteOf = (job: Job | undefined) => (job === undefined ? 0 : job.readTokens + job.outputTokens)
