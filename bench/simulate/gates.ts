import { ours } from './policies.ts'
import type { Figure, Results } from './results.ts'
import type { RunFigures } from './run-figures.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import type { Estimate } from './statistics.ts'

/** A promise of the router, and what a run came to. A mean that is beyond the bound misses it, whatever the interval. */
export interface Gate {
  readonly name: string
  readonly bound: number
  readonly figure: Estimate
  /** Whom it was compared with, or where. */
  readonly by: string
  readonly passed: boolean
}

const firstTokenP99: Figure = ({ firstToken }) => firstToken.p99
const endToEndMean: Figure = ({ endToEnd }) => endToEnd.mean
const homogeneousFigures: Readonly<Record<string, Figure>> = {
  'first token p50': ({ firstToken }) => firstToken.p50,
  'first token p99': firstTokenP99,
  'end to end p99': ({ endToEnd }) => endToEnd.p99,
}
const admittedP99: Figure = ({ admittedFirstToken }) => admittedFirstToken.p99 / 1_000
const lightSlowdown: Figure = figures => figures.lightSlowdown
const visibleErrors = ({ failed, refused }: RunFigures) => failed + refused

/** Those that the results allow, in the order of router.md. */
export function judge(results: Results): Gate[] {
  const played = scenarios.filter(({ name }) => results.has(name, ours) && results.policies(name).length > 1)
  const ofKind = (kind: Scenario['kind']) => played.filter(scenario => scenario.kind === kind)
  return [
    ...ofKind('heterogeneous').flatMap(({ name }) => against(results, name, 'first token p99', firstTokenP99, 0.75)),
    ...ofKind('homogeneous').flatMap(({ name }) =>
      Object.entries(homogeneousFigures).flatMap(([title, figure]) => against(results, name, title, figure, 1.05)),
    ),
    ...played
      .filter(({ kind }) => kind !== 'line')
      .flatMap(({ name }) => against(results, name, 'end to end mean', endToEndMean, 1)),
    ...ofKind('line').map(({ name }) =>
      absolute(results, name, 'first token p99 of those admitted, s', admittedP99, 5),
    ),
    ...played
      .filter(({ load }) => load.kind === 'closed' && load.greedy !== undefined)
      .map(({ name }) => absolute(results, name, 'answers of light users, x as before', lightSlowdown, 1.2)),
    ...played
      .filter(({ name }) => name === 'brown-out')
      .flatMap(({ name }) => [
        absolute(results, name, 'first tokens are as before, s', ({ calmAfterMs }) => calmAfterMs / 1_000, 10),
        absolute(results, name, 'the cluster has its work back, s', ({ backAfterMs }) => backAfterMs / 1_000, 10),
      ]),
    ...ofKind('fault').map(({ name }) => absolute(results, name, 'errors before the first token', visibleErrors, 0)),
  ]
}

function against(results: Results, scenario: string, title: string, figure: Figure, bound: number): Gate[] {
  const rival = results.bestRival(scenario, figure)
  if (rival === undefined) return []
  const ratio = results.ratio(scenario, rival, figure)
  const passed = ratio.mean <= bound
  return [{ name: `${scenario}: ${title}`, bound, figure: ratio, by: `x ${rival}`, passed }]
}

function absolute(results: Results, scenario: string, title: string, figure: Figure, bound: number): Gate {
  const found = results.estimate(scenario, ours, figure)
  return { name: `${scenario}: ${title}`, bound, figure: found, by: '', passed: found.mean <= bound }
}
