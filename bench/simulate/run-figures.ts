import { quantile } from '../figures.ts'
import type { Outcome } from './outcome.ts'
import { faultFromMs, faultUntilMs, type Scenario } from './scenarios.ts'
import { judged } from './simulate-once.ts'

/** What one run came to; times in milliseconds. */
export interface RunFigures {
  readonly requests: number
  readonly firstToken: Spread
  /** Of those alone that were answered whole. */
  readonly admittedFirstToken: Spread
  readonly gap: Spread
  readonly endToEnd: Spread
  /** The share of requests that were answered whole, their first token within five seconds. Readers who left count for nothing. */
  readonly goodput: number
  /** Errors that users saw before a first token; answers that broke off; requests refused or never answered. */
  readonly failed: number
  readonly cut: number
  readonly refused: number
  /** The share of prompt tokens that were found kept. */
  readonly hitRate: number
  /** Jain's index (Jain et al. 1984) over the users' mean times to the first token: 1 when all wait alike. */
  readonly fairness: number
  /** Tokens read and written by attempts that came to nothing, as a share of all. */
  readonly wasted: number
  /** See `recovery`; NaN where nothing befalls a cluster. */
  readonly calmAfterMs: number
  readonly backAfterMs: number
  /** See `slowdown`; NaN where nobody is greedy. */
  readonly lightSlowdown: number
}

export interface Spread {
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/** A good answer begins within this. */
export const goodFirstTokenMs = 5_000
/** What a request without a first token counts as: whoever refuses much must not look fast. */
const missingMs = 60_000

export function figuresOf(outcomes: readonly Outcome[], scenario: Scenario): RunFigures {
  const all = judged(outcomes).filter(({ ending }) => ending !== 'left')
  const done = all.filter(({ ending }) => ending === 'done')
  const good = done.filter(outcome => firstTokenMs(outcome) < goodFirstTokenMs)
  const share = (kinds: readonly Outcome['ending'][]) => all.filter(({ ending }) => kinds.includes(ending)).length
  const gaps = done
    .filter(({ outputTokens }) => outputTokens > 1)
    .map(({ firstAt = 0, endedAt, outputTokens }) => (endedAt - firstAt) / (outputTokens - 1))
  const wasted = sum(all.map(({ wastedTokens }) => wastedTokens))
  const used = sum(
    done.map(({ promptTokens, cachedTokens, outputTokens }) => promptTokens - cachedTokens + outputTokens),
  )
  return {
    requests: all.length,
    firstToken: spreadOf(all.map(firstTokenMs)),
    admittedFirstToken: spreadOf(done.map(firstTokenMs)),
    gap: spreadOf(gaps),
    endToEnd: spreadOf(all.map(endToEndMs)),
    goodput: good.length / all.length,
    failed: share(['failed']),
    cut: share(['cut']),
    refused: share(['refused', 'unanswered']),
    hitRate: sum(done.map(({ cachedTokens }) => cachedTokens)) / sum(done.map(({ promptTokens }) => promptTokens)),
    fairness: jain(meansByUser(all)),
    wasted: wasted / (wasted + used),
    ...recovery(outcomes, scenario),
    lightSlowdown: slowdown(all, scenario),
  }
}

/** Jain's index: the square of the sum over the sum of squares, by their number. */
export const jain = (values: readonly number[]): number =>
  sum(values) ** 2 / (values.length * sum(values.map(value => value * value)))

const firstTokenMs = ({ firstAt, askedAt }: Outcome) => (firstAt === undefined ? missingMs : firstAt - askedAt)

const endToEndMs = ({ ending, askedAt, endedAt }: Outcome) => (ending === 'done' ? endedAt - askedAt : missingMs)

/** How many times as long the answers of all others take while one user is greedy, ten seconds after that begins, as before. */
function slowdown(all: readonly Outcome[], { load }: Scenario): number {
  if (load.kind !== 'closed' || load.greedy === undefined) return Number.NaN
  const { fromMs } = load.greedy
  const light = all.filter(({ user }) => user < load.users)
  const alone = light.filter(({ askedAt }) => askedAt < fromMs)
  const beside = light.filter(({ askedAt }) => askedAt >= fromMs + 10_000)
  return mean(beside.map(endToEndMs)) / mean(alone.map(endToEndMs))
}

/** How long it is looked at, over and over, whether all is well again. */
const windowMs = 5_000

/**
 * How long after the beginning of a fault first tokens again come within 1.5 times the mean before it, over a window of five
 * seconds and one that is behind the last that is worse; and how long after its end the cluster again has three quarters
 * of the requests that it had before.
 */
function recovery(outcomes: readonly Outcome[], { kind }: Scenario) {
  if (kind !== 'fault') return { calmAfterMs: Number.NaN, backAfterMs: Number.NaN }
  const before = outcomes.filter(({ askedAt }) => askedAt >= faultFromMs - 20_000 && askedAt < faultFromMs)
  const usual = mean(before.map(firstTokenMs))
  const mine = (some: readonly Outcome[]) =>
    some.filter(({ cluster }) => cluster === 'cluster-0').length / Math.max(1, some.length)
  const during = (from: number) => outcomes.filter(({ askedAt }) => askedAt >= from && askedAt < from + windowMs)
  let calmAfterMs = 0
  for (let from = faultFromMs; from + windowMs <= faultUntilMs; from += 500)
    if (mean(during(from).map(firstTokenMs)) > 1.5 * usual) calmAfterMs = from + 500 - faultFromMs
  let backAfterMs = 0
  while (backAfterMs < 40_000 && mine(during(faultUntilMs + backAfterMs)) < 0.75 * mine(before)) backAfterMs += 500
  return { calmAfterMs, backAfterMs }
}

function meansByUser(outcomes: readonly Outcome[]): number[] {
  const times = Map.groupBy(outcomes, ({ user }) => user)
  return [...times.values()].map(own => mean(own.map(firstTokenMs)))
}

const spreadOf = (values: readonly number[]): Spread => ({
  mean: mean(values),
  p50: quantile(values, 0.5),
  p90: quantile(values, 0.9),
  p99: quantile(values, 0.99),
})

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]) => sum(values) / Math.max(1, values.length)
