import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** A turn that ended, as the metrics see it. Durations in milliseconds. */
export interface EndedTurn {
  readonly model: string
  readonly status: string
  /** Nothing was spent on it: the answer was made for another turn. */
  readonly cached: boolean
  readonly answer: {
    readonly firstTokenMs: number | undefined
    readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined
  }
}

/** An HTTP request that was answered; `route` is its pattern, never its path. */
export interface AnsweredRequest {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

/** What the safety filter did other than let a text pass. */
export interface GivenVerdict {
  readonly stage: string
  readonly at: string
  readonly outcome: string
  readonly category: string
}

export interface Metrics {
  turnEnded(turn: EndedTurn): void
  requestAnswered(request: AnsweredRequest): void
  verdictGiven(verdict: GivenVerdict): void
  /** Everything, in the Prometheus text format. */
  expose(): Promise<{ readonly contentType: string; readonly body: string }>
  /** The same as data, to be summed with that of other processes: see `sumMetrics`. */
  collect(): Promise<unknown>
}

export interface MetricsOptions {
  readonly release: string
  readonly runningTurns: () => number
  readonly waitingGenerations: () => number
  readonly openSockets: () => number
  /** Undefined: nobody knows now. */
  readonly unansweredTurns: () => Promise<number | undefined>
}

const secondsOfRequests = [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600]
const secondsOfFirstTokens = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30]

export function createMetrics(options: MetricsOptions): Metrics {
  const { release, runningTurns, waitingGenerations, openSockets, unansweredTurns } = options
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'parley_build_info',
    help: 'The release that runs',
    labelNames: ['release'],
    aggregator: 'first', // it is the same in every process, and no number
    registers,
  }).set({ release }, 1)
  new Gauge({
    name: 'parley_turns_running',
    help: 'Turns that run in this process',
    registers,
    collect() {
      this.set(runningTurns())
    },
  })
  new Gauge({
    name: 'parley_generations_waiting',
    help: 'Generations that wait in this process until a cluster has room',
    registers,
    collect() {
      this.set(waitingGenerations())
    },
  })
  new Gauge({
    name: 'parley_sockets_open',
    help: 'WebSockets open in this process',
    registers,
    collect() {
      this.set(openSockets())
    },
  })
  new Gauge({
    name: 'parley_turns_unanswered',
    help: 'Accepted but not answered: open turns of the whole instance, whichever process tells it, that are past their deadline, had no living owner for 23 s, or are due and not begun. Looked up at most every 15 s; left out while the database cannot tell for a minute',
    registers,
    aggregator: 'max',
    async collect() {
      const figure = await unansweredTurns()
      if (figure === undefined) this.remove()
      else this.set(figure)
    },
  })
  const turns = new Counter({
    name: 'parley_turns_total',
    help: 'Turns that ended in this process, by their final status',
    labelNames: ['model', 'status'],
    registers,
  })
  const tokens = new Counter({
    name: 'parley_tokens_total',
    help: 'Tokens of prompts (input) and answers (output), as the clusters count them',
    labelNames: ['model', 'direction'],
    registers,
  })
  const cachedAnswers = new Counter({
    name: 'parley_cached_answers_total',
    help: 'Answers that were made for an equal prompt: kept, or under way',
    labelNames: ['model'],
    registers,
  })
  const verdicts = new Counter({
    name: 'parley_safety_verdicts_total',
    help: 'What the safety filter did other than let pass, by stage (rules, guard), place (prompt, reply) and category',
    labelNames: ['stage', 'at', 'outcome', 'category'],
    registers,
  })
  const firstToken = new Histogram({
    name: 'parley_first_token_seconds',
    help: 'From the dispatch of a generation to its first token',
    labelNames: ['model'],
    buckets: secondsOfFirstTokens,
    registers,
  })
  const requests = new Histogram({
    name: 'parley_http_request_seconds',
    help: 'From the arrival of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: secondsOfRequests,
    registers,
  })

  return {
    turnEnded({ model, status, cached, answer }) {
      turns.inc({ model, status })
      if (cached) {
        cachedAnswers.inc({ model })
        return
      }
      if (answer.firstTokenMs !== undefined) firstToken.observe({ model }, answer.firstTokenMs / 1_000)
      if (answer.usage === undefined) return
      tokens.inc({ model, direction: 'input' }, answer.usage.inputTokens)
      tokens.inc({ model, direction: 'output' }, answer.usage.outputTokens)
    },
    requestAnswered({ method, route, status, durationMs }) {
      requests.observe({ method, route, status }, durationMs / 1_000)
    },
    verdictGiven({ stage, at, outcome, category }) {
      verdicts.inc({ stage, at, outcome, category })
    },
    async expose() {
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
    collect: () => registry.getMetricsAsJSON(),
  }
}
