import { parseArgs } from 'node:util'
import { figure } from './figures.ts'
import { type Bench, startBrowser } from './page/browser.ts'
import { type Kind, kinds } from './page/kinds.ts'
import { type AnswerCost, type AnswerPlan, measureAnswer } from './page/measure-answer.ts'
import { type FirstLoad, measureLoad } from './page/measure-load.ts'
import { invitePerson } from './page/person.ts'
import { report } from './page/report.ts'
import { type StandInCluster, startStandIn } from './page/stand-in-cluster.ts'
import { startParley, unlimited } from './parley-server.ts'
import { progress, runBench, type Started } from './run-bench.ts'

/**
 * What it costs the page to show an answer that streams in: main-thread time for each token at the beginning of a long
 * answer and at its end, the longest task, slow frames; and what the page's first load costs. The real page of this
 * checkout, in the system's Chromium. Starts everything itself; see docs/benchmarks.md.
 *
 *   npm run bench:page -- [--only prose,list] [--widths 1440,390] [--rate 200] [--tokens 5000] [--rounds 1] [--parts]
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    widths: { type: 'string', default: '1440,390' },
    rate: { type: 'string', default: '200' },
    tokens: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '1' },
    parts: { type: 'boolean', default: false },
  },
})

/** First loads that the medians are of. */
const loadCount = 7

await runBench(async started => {
  const plans = planAnswers()
  const { bench, cluster } = await startAll(started)
  const loads: FirstLoad[] = []
  progress('loading the page')
  for (let count = 0; count < loadCount; count++) loads.push(await measureLoad(bench, plans[0]?.width ?? 1_440))
  const answers: AnswerCost[] = []
  for (const plan of plans) {
    progress(`${plan.kind.name}, ${plan.width} px: about ${plan.tokens} tokens at ${plan.rate} a second`)
    const answer = await measureAnswer(bench, cluster, plan)
    answers.push(answer)
    tell(answer)
  }
  report(answers, loads)
})

/** Round by round, so that a machine that gets busy does not spoil all of one kind. */
function planAnswers(): readonly AnswerPlan[] {
  const chosen = values.only?.split(',').map(findKind) ?? kinds
  const [tokens, rate] = [Number(values.tokens), Number(values.rate)]
  const widths = values.widths.split(',').map(Number)
  const plansOf = (round: number) =>
    widths.flatMap(width =>
      chosen.map((kind): AnswerPlan => ({ kind, width, tokens, rate, round, parts: values.parts })),
    )
  return Array.from({ length: Number(values.rounds) }, (_, round) => plansOf(round)).flat()
}

function findKind(name: string): Kind {
  const kind = kinds.find(known => known.name === name)
  if (kind === undefined) throw new Error(`There is no kind of text "${name}".`)
  return kind
}

async function startAll(started: Started): Promise<{ bench: Bench; cluster: StandInCluster }> {
  const cluster = await startStandIn(started)
  progress('starting Parley')
  const yaml = `clusters:\n  - { name: stand-in, url: ${cluster.url} }\ncache: { scope: off }\n${unlimited}`
  const { url } = await startParley(started, { yaml })
  const [person, browser] = [await invitePerson(url), await startBrowser(started)]
  return { bench: { serverUrl: url, person, browser }, cluster }
}

function tell({ fifths }: AnswerCost): void {
  const costs = fifths.map(({ taskUs }) => figure(taskUs)).join(', ')
  const busy = Math.max(...fifths.map(fifth => fifth.busy))
  progress(`  us/token by fifths: ${costs}; busy: at most ${figure(busy * 100)} %`)
}
