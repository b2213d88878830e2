import { parseArgs } from 'node:util'
import { greedyUser } from './admission/greedy.ts'
import { overload, patientUsers } from './admission/overload.ts'
import { printRows, type Row } from './admission/rows.ts'
import { openTheatre, type Stage, usualPace } from './admission/stage.ts'
import { longPace, stoppedAnswers } from './admission/stops.ts'
import { progress, runBench } from './run-bench.ts'
import { seededRandom } from './seeded-random.ts'

/**
 * What users may rely on when the clusters are full, through the whole server: questions over HTTP from people with keys,
 * stored in Postgres, answered as server-sent events by stand-in clusters of a known capacity. Starts everything itself;
 * see docs/benchmarks.md.
 *
 *   npm run bench:admission -- [--seconds 60] [--seed 1] [--only overload,patient,greedy,stops]
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: 'overload,patient,greedy,stops' },
  },
})

await runBench(async started => {
  const only = values.only.split(',')
  const seed = Number(values.seed)
  const forMs = Number(values.seconds) * 1_000
  const theatre = await openTheatre(started, seededRandom(seed), seed)
  const usual = (work: (stage: Stage, forMs: number) => Promise<readonly Row[]>) =>
    theatre.withServer(usualPace, stage => work(stage, forMs))
  const scenarios: Readonly<Record<string, readonly [string, () => Promise<readonly Row[]>]>> = {
    overload: ['three times the load that the clusters can take, from 200 users', () => usual(overload)],
    patient: ['the same, from users who all come again when told', () => usual(patientUsers)],
    greedy: ['fifty light users alone, and beside one with 500 requests', () => greedyUser(theatre, forMs)],
    stops: [
      'answers that are stopped while others wait',
      () => theatre.withServer(longPace, stage => stoppedAnswers(stage)),
    ],
  }
  const rows: Row[] = []
  for (const name of only) {
    const scenario = scenarios[name]
    if (scenario === undefined) throw new Error(`There is no scenario "${name}".`)
    const [what, run] = scenario
    progress(what)
    rows.push(...(await run()))
  }
  if (!printRows(rows)) process.exitCode = 1
})
