import { figure, median, printTable } from '../figures.ts'
import type { AnswerCost } from './measure-answer.ts'
import type { FirstLoad } from './measure-load.ts'

/** Prints what answers cost, and what the first load does, each beside its aim. */
export function report(answers: readonly AnswerCost[], loads: readonly FirstLoad[]): void {
  printTable(answerHead, 1, answers.map(answerRow))
  process.stdout.write('\n')
  printTable(loadHead, 1, [
    ['JavaScript over the wire, KB', figure(median(loads.map(load => load.scriptBytes / 1_000)), 1), '200'],
    ['until the field takes a key, ms', figure(median(loads.map(load => load.fieldMs))), ''],
  ])
}

const answerHead = [
  'kind of text',
  'px',
  'main thread us/token: first',
  'last',
  'x first (aim: 1)',
  'script: first',
  'last',
  'layout: first',
  'last',
  'longest task, CPU ms (aim: 50)',
  'by the clock',
  'frames over 50 ms (aim: 0)',
]

function answerRow({ plan, fifths, longest, slowFrames }: AnswerCost): readonly string[] {
  const [first, last] = [fifths[0], fifths.at(-1)]
  if (first === undefined || last === undefined) return [plan.kind.name]
  return [
    plan.kind.name,
    String(plan.width),
    figure(first.taskUs),
    figure(last.taskUs),
    figure(last.taskUs / first.taskUs, 2),
    figure(first.scriptUs),
    figure(last.scriptUs),
    figure(first.layoutUs),
    figure(last.layoutUs),
    figure(longest.cpuMs),
    figure(longest.wallMs),
    String(slowFrames),
  ]
}

const loadHead = ['first load', 'figure', 'aim: at most']
