import { figure, median, printTable } from '../figures.ts'
import type { Round } from './measure.ts'

/** Prints every round, and then what the rounds of each scenario come to, beside nginx. */
export function report(rounds: readonly Round[]): void {
  printTable(roundHead, 3, rounds.map(roundRow))
  process.stdout.write('\n')
  const names = [...new Set(rounds.map(({ scenario }) => scenario.name))]
  printTable(
    summaryHead,
    2,
    names.flatMap(name => summaryRows(rounds.filter(({ scenario }) => scenario.name === name))),
  )
}

const roundHead = [
  'scenario',
  'streams x tokens/s',
  'through',
  'tokens/s',
  'tokens/frame',
  'CPU us/token',
  'user',
  'system',
  'busy %',
  'first token ms p50',
  'p99',
  'peak MB',
  'over idle',
  'answers',
  'errors',
]

function roundRow(round: Round): readonly string[] {
  const { scenario, load } = round
  return [
    scenario.name,
    `${scenario.streams} x ${scenario.rate}`,
    round.target,
    figure(round.tokensPerSecond),
    figure(round.tokensPerFrame, 2),
    figure(cpuUs(round), 2),
    figure(round.userUs, 2),
    figure(round.systemUs, 2),
    figure(round.busy * 100),
    figure(load.firstTokenMs.p50, 2),
    figure(load.firstTokenMs.p99, 1),
    figure(round.peakMb),
    figure(round.overIdleMb),
    String(load.answers),
    String(Object.values(load.errors).reduce((sum, count) => sum + count, 0)),
  ]
}

const summaryHead = [
  'median of',
  'through',
  'tokens/frame',
  'CPU us/token',
  'x nginx',
  'first token ms p50',
  'x nginx',
  'added p50',
  'x nginx',
  'added p99',
  'over idle MB',
]

/** What is added is what comes on top of the same scenario without anything between. */
function summaryRows(rounds: readonly Round[]): readonly (readonly string[])[] {
  const direct = mediansOf(rounds, 'direct')
  const nginx = mediansOf(rounds, 'nginx')
  const targets = [...new Set(rounds.map(({ target }) => target))]
  return targets.map(target => {
    const { perFrame, cpu, p50, p99, overIdle } = mediansOf(rounds, target)
    const added = (value: number, without: number) => (target === 'direct' ? Number.NaN : value - without)
    return [
      rounds[0]?.scenario.name ?? '',
      target,
      figure(perFrame, 2),
      figure(cpu, 2),
      ratio(cpu, nginx.cpu),
      figure(p50, 2),
      ratio(p50, nginx.p50),
      figure(added(p50, direct.p50), 2),
      ratio(added(p50, direct.p50), nginx.p50 - direct.p50),
      figure(added(p99, direct.p99), 1),
      figure(overIdle),
    ]
  })
}

function mediansOf(rounds: readonly Round[], target: Round['target']) {
  const own = rounds.filter(round => round.target === target)
  return {
    perFrame: median(own.map(({ tokensPerFrame }) => tokensPerFrame)),
    cpu: median(own.map(cpuUs)),
    p50: median(own.map(({ load }) => load.firstTokenMs.p50)),
    p99: median(own.map(({ load }) => load.firstTokenMs.p99)),
    overIdle: median(own.map(({ overIdleMb }) => overIdleMb)),
  }
}

const cpuUs = ({ userUs, systemUs }: Round) => userUs + systemUs

const ratio = (value: number, floor: number) => figure(value / floor, 2)
