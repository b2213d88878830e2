import type { Figure } from './results.ts'

/** What the pictures show. */
export const pictures: ReadonlyArray<readonly [scenario: string, title: string, unit: string, figure: Figure]> = [
  ['homogeneous', 'first token p99', 'ms', ({ firstToken }) => firstToken.p99],
  ['heterogeneous', 'first token p99', 'ms', ({ firstToken }) => firstToken.p99],
  ['heterogeneous', 'whole answer, mean', 's', ({ endToEnd }) => endToEnd.mean / 1_000],
  ['prefix-heavy', 'first token, mean', 'ms', ({ firstToken }) => firstToken.mean],
  ['overload', 'good answers missed', '%', ({ goodput }) => 100 * (1 - goodput)],
  ['azure-heterogeneous', 'first token p99', 'ms', ({ firstToken }) => firstToken.p99],
]
