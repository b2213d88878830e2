import { figure, printTable, quantile } from '../figures.ts'
import type { HistoryRecord } from './history.ts'
import type { JudgedPromise, Judgement, Latency } from './judgement.ts'

/** How many kinds of cases of each broken promise are shown, and how much of the history of one. */
const mostKinds = 5
const mostRecords = 8

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
        ...['fault', 'what it hit', 'at s', 'healed after s', 'its turns went on', 'or ended early'],
        ...['next news s p50', 'p99', 'max', 'all turns ended early', 'refused requests'],
      ],
      2,
      faults.map(({ name, target, at, healedAt, takeoverMs, lost, endedEarly, refused }) => [
        name,
        target,
        figure((at - beganAt) / 1_000),
        figure((healedAt - at) / 1_000, 1),
        String(takeoverMs.length),
        String(lost),
        ...quantiles(takeoverMs, 1_000, 1),
        String(endedEarly),
        String(refused),
      ]),
    )
    say('')
  }
  reportPromises(promises)
  reportLatencies(latencies)
  reportCases(judgement, history)
}

/** Prints what was measured where nothing failed. */
export function reportTimings(title: string, { promises, latencies }: Pick<Judgement, 'promises' | 'latencies'>): void {
  say(`## ${title}\n`)
  reportPromises(promises)
  reportLatencies(latencies)
}

function reportPromises(promises: readonly JudgedPromise[]): void {
  printTable(
    ['promise', 'target', 'measured', ''],
    4,
    promises.map(({ name, target, measured, kept }) => [name, target, measured, kept ? 'PASS' : 'FAIL']),
  )
  say('')
}

function reportLatencies(latencies: readonly Latency[]): void {
  printTable(
    ['latency', 'times', 'ms p50', 'p99', 'max'],
    1,
    latencies.map(({ name, ms }) => [name, String(ms.length), ...quantiles(ms, 1, 0)]),
  )
  say('')
}

/** Each broken promise: how often it was broken how, and one case of each with what the history knows of it. */
function reportCases({ promises, offences }: Judgement, history: readonly HistoryRecord[]): void {
  for (const { name } of promises.filter(({ kept }) => !kept)) {
    const cases = offences.filter(({ promise }) => promise === name)
    if (cases.length === 0) continue
    say(`### ${name}: ${cases.length} cases\n`)
    const kinds = [...Map.groupBy(cases, ({ says }) => says.replaceAll(/\d+/g, 'n')).values()]
    for (const alike of kinds.toSorted((a, b) => b.length - a.length).slice(0, mostKinds)) {
      const [first] = alike
      if (first === undefined) continue
      say(`- ${alike.length} like ${first.about}: ${first.says}`)
      const known = history.filter(record => isAbout(record, first.about))
      for (const record of known.slice(0, mostRecords)) say(`  - ${JSON.stringify(record)}`)
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
