import { figure, median, printTable } from '../figures.ts'
import { partNames } from './main-thread-parts.ts'
import type { AnswerCost, TokenCost } from './measure-answer.ts'
import type { FirstLoad } from './measure-load.ts'

/** Prints what answers cost, each kind and width as the median of its rounds, and what the first load does. */
export function report(answers: readonly AnswerCost[], loads: readonly FirstLoad[]): void {
  const groups = [...Map.groupBy(answers, ({ plan }) => `${plan.kind.name} ${plan.width}`).values()]
  printTable(answerHead, 1, groups.map(answerRow))
  if (answers.some(({ plan }) => plan.parts)) {
    process.stdout.write('\n')
    printTable(partsHead, 2, groups.flatMap(partsRows))
  }
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
  '2nd',
  '3rd',
  '4th',
  'last',
  'x first (aim: 1)',
  'least',
  'most',
  'tokens/draw: first',
  'last',
  'longest task, CPU ms (aim: 50)',
  'by the clock',
  'frames over 50 ms (aim: 0)',
]

/** Of the rounds of one kind and width; of tasks and frames the worst round counts. */
function answerRow(rounds: readonly AnswerCost[]): readonly string[] {
  const ratios = rounds.map(({ fifths }) => costOf(fifths.at(-1)) / costOf(fifths[0]))
  return [
    ...nameOf(rounds),
    ...[0, 1, 2, 3, 4].map(fifth => figure(median(rounds.map(({ fifths }) => costOf(fifths[fifth]))))),
    figure(median(ratios), 2),
    figure(Math.min(...ratios), 2),
    figure(Math.max(...ratios), 2),
    ...[0, -1].map(fifth =>
      figure(median(rounds.map(({ fifths }) => fifths.at(fifth)?.drawnTogether ?? Number.NaN)), 1),
    ),
    figure(Math.max(...rounds.map(({ longest }) => longest.cpuMs))),
    figure(Math.max(...rounds.map(({ longest }) => longest.wallMs))),
    String(Math.max(...rounds.map(({ slowFrames }) => slowFrames))),
  ]
}

const costOf = (fifth: TokenCost | undefined): number => fifth?.taskUs ?? Number.NaN

const nameOf = ([round]: readonly AnswerCost[]): readonly string[] =>
  round === undefined ? [] : [round.plan.kind.name, String(round.plan.width)]

const partsHead = ['kind of text', 'part', 'px', 'us/token: first', '2nd', '3rd', '4th', 'last']

function partsRows(rounds: readonly AnswerCost[]): readonly (readonly string[])[] {
  const [name = '', px = ''] = nameOf(rounds)
  return partNames.map(part => [
    name,
    part,
    px,
    ...[0, 1, 2, 3, 4].map(fifth =>
      figure(median(rounds.map(({ fifths }) => fifths[fifth]?.partsUs[part] ?? Number.NaN))),
    ),
  ])
}

const loadHead = ['first load', 'figure', 'aim: at most']
