import { figure } from '../figures.ts'
import type { Gate } from './gates.ts'
import type { Figure, Results } from './results.ts'
import type { Scenario } from './scenarios.ts'

type Column = readonly [title: string, figure: Figure, digits: number]

/** The columns of a scenario's table: a title, a figure and its digits behind the point. */
const columns: readonly Column[] = [
  ['first token p50', ({ firstToken }) => firstToken.p50, 0],
  ['p90', ({ firstToken }) => firstToken.p90, 0],
  ['p99, ms', ({ firstToken }) => firstToken.p99, 0],
  ['gap p50', ({ gap }) => gap.p50, 1],
  ['p90', ({ gap }) => gap.p90, 1],
  ['p99, ms', ({ gap }) => gap.p99, 1],
  ['whole answer mean', ({ endToEnd }) => endToEnd.mean / 1_000, 2],
  ['p50', ({ endToEnd }) => endToEnd.p50 / 1_000, 2],
  ['p90', ({ endToEnd }) => endToEnd.p90 / 1_000, 2],
  ['p99, s', ({ endToEnd }) => endToEnd.p99 / 1_000, 2],
  ['good %', ({ goodput }) => 100 * goodput, 1],
  ['failed', ({ failed }) => failed, 1],
  ['cut', ({ cut }) => cut, 1],
  ['refused', ({ refused }) => refused, 1],
  ['kept %', ({ hitRate }) => 100 * hitRate, 1],
  ['fair', ({ fairness }) => fairness, 2],
  ['wasted %', ({ wasted }) => 100 * wasted, 1],
]

/** Those of scenarios with a line before the clusters. */
const lineColumns: readonly Column[] = [
  ['first token of those admitted p99, ms', ({ admittedFirstToken }) => admittedFirstToken.p99, 0],
  ['light users, x as before', ({ lightSlowdown }) => lightSlowdown, 2],
]

/** A scenario's table in Markdown: each policy, each figure with its 95 % interval. */
export function scenarioTable(results: Results, { name, about, kind }: Scenario): string {
  const shown = kind === 'line' ? [...columns, ...lineColumns] : columns
  const rows = results.policies(name).map(policy => [
    policy,
    ...shown.map(([, of, digits]) => {
      const { mean, plusMinus } = results.estimate(name, policy, of)
      const off = figure(plusMinus, digits)
      return Number(off) > 0 ? `${figure(mean, digits)} ± ${off}` : figure(mean, digits)
    }),
  ])
  return `### ${name}\n\n${about}\n\n${table(['policy', ...shown.map(([title]) => title)], 1, rows)}`
}

/** The gates in Markdown. */
export function gatesTable(gates: readonly Gate[]): string {
  const rows = gates.map(({ name, bound, figure: { mean, plusMinus }, by, passed }) => [
    name,
    `${figure(mean, 2)} ± ${figure(plusMinus, 2)} ${by}`.trim(),
    `at most ${bound}`,
    passed ? 'pass' : 'MISSED',
  ])
  return table(['gate', 'figure', 'bound', ''], 4, rows)
}

function table(head: readonly string[], names: number, rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column < names ? '---' : '---:'))
  return [head, rule, ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}
