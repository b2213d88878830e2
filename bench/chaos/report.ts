import { figure, printTable, quantile } from '../figures.ts'
import type { HistoryRecord } from './history.ts'
import type { JudgedPromise, Judgement } from './judgement.ts'

/** How many cases of each broken promise are shown. */
const mostCases = 5

/** Prints what a run proved, in Markdown, for an operator. `history` is that of the broken cases. */
export function report(title: string, judgement: Judgement, history: readonly HistoryRecord[]): void {
  const { counts, faults, latencies, promises } = judgement
  say(`## ${title}\n`)
  const statuses = Object.entries(counts.statuses).map(([status, count]) => `${count} ${status}`)
  say(
    `${counts.acknowledged} messages were acknowledged, in ${counts.conversations} conversations: ${statuses.join(', ')}. ` +
      `Their answers were read over ${counts.connections} connections.\n`,
  )
  if (faults.length > 0) {
    const beganAt = Math.min(...faults.map(({ at }) => at))
    printTable(
      [
        'fault',
        'what it hit',
        'after s',
        'healed after s',
        'turns went on',
        'ended early',
        'next news s p50',
        'p99',
        'max',
      ],
      2,
      faults.map(({ name, target, at, healedAt, takeoverMs, lost }) => [
        name,
        target,
        figure((at - beganAt) / 1_000),
        figure((healedAt - at) / 1_000, 1),
        String(takeoverMs.length),
        String(lost),
        ...quantiles(takeoverMs, 1_000, 1),
      ]),
    )
    say('')
  }
  reportPromises(promises)
  printTable(
    ['latency', 'times', 'ms p50', 'p99', 'max'],
    1,
    latencies.map(({ name, ms }) => [name, String(ms.length), ...quantiles(ms, 1, 0)]),
  )
  say('')
  reportCases(judgement, history)
}

/** The table of promises beside what was measured. */
export function reportPromises(promises: readonly JudgedPromise[]): void {
  printTable(
    ['promise', 'target', 'measured', ''],
    4,
    promises.map(({ name, target, measured, kept }) => [name, target, measured, kept ? 'PASS' : 'FAIL']),
  )
  say('')
}

/** Each broken promise with some of its cases, and what the history knows of them. */
function reportCases({ promises, offences }: Judgement, history: readonly HistoryRecord[]): void {
  for (const { name } of promises.filter(({ kept }) => !kept)) {
    const cases = offences.filter(({ promise }) => promise === name)
    if (cases.length === 0) continue
    say(`### ${name}: ${cases.length} cases\n`)
    for (const { about, says } of cases.slice(0, mostCases)) {
      say(`- ${about}: ${says}`)
      for (const record of history.filter(record => isAbout(record, about))) say(`  - ${JSON.stringify(record)}`)
    }
    say('')
  }
}

function isAbout(record: HistoryRecord, id: string): boolean {
  switch (record.type) {
    case 'attempt':
      return record.request === id
    case 'acknowledged':
    case 'ended':
      return record.turnId === id
    case 'stored':
      return record.conversationId === id
    case 'fault':
      return false
  }
}

const quantiles = (values: readonly number[], unit: number, digits: number) =>
  [0.5, 0.99, 1].map(share => figure(quantile(values, share) / unit, digits))

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
