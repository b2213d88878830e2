import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { progress, runBench } from './run-bench.ts'
import { type Gate, judge } from './simulate/gates.ts'
import { pictures } from './simulate/pictures.ts'
import { barPlot } from './simulate/plot.ts'
import { ours, policies } from './simulate/policies.ts'
import { gatesTable, scenarioTable } from './simulate/report.ts'
import { Results } from './simulate/results.ts'
import { runAll } from './simulate/run-all.ts'
import { type Scenario, scenarios } from './simulate/scenarios.ts'
import { hasTrace } from './simulate/traces.ts'
import type { Run } from './simulate/worker.ts'

/**
 * The router's policies in a simulated world: the code that chooses in production beside the rules of others, in the same
 * scenarios, judged by the gates of docs/router/README.md. The exit code is 1 when one is missed.
 *
 *   npm run simulate -- [--only homogeneous,busy] [--policies predicted_cost,round_robin] [--seeds 10] [--first-seed 41]
 *                       [--quick] [--traces ../shared/data/traces] [--write docs/router]
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    policies: { type: 'string', default: Object.keys(policies).join() },
    // The policy was tuned on lower seeds: it is judged by others.
    seeds: { type: 'string', default: '10' },
    'first-seed': { type: 'string', default: '41' },
    quick: { type: 'boolean', default: false },
    traces: { type: 'string', default: '../shared/data/traces' },
    write: { type: 'string' },
  },
})

await runBench(async started => {
  const chosen = chooseScenarios()
  const runs = chooseRuns(chosen)
  const results = new Results()
  let done = 0
  let toldAt = performance.now()
  await runAll(started, runs, run => {
    results.add(run)
    done += 1
    if (performance.now() - toldAt < 5_000 && done < runs.length) return
    toldAt = performance.now()
    progress(`${done}/${runs.length} runs`)
  })
  const gates = judge(results)
  const tables = chosen.map(scenario => scenarioTable(results, scenario))
  process.stdout.write(`${tables.join('\n')}\n## Gates\n\n${gatesTable(gates)}`)
  if (values.write !== undefined) write(values.write, results, tables, gates)
  if (gates.some(({ passed }) => !passed)) process.exitCode = 1
})

function chooseScenarios(): readonly Scenario[] {
  const names = values.only?.split(',') ?? scenarios.map(({ name }) => name)
  const chosen = names.map(name => {
    const scenario = scenarios.find(known => known.name === name)
    if (scenario === undefined) throw new Error(`There is no scenario "${name}".`)
    return scenario
  })
  return chosen.filter(({ name, load }) => {
    if (load.kind !== 'trace' || hasTrace(values.traces, load.trace)) return true
    progress(`${name} is left out: its trace is not in ${values.traces} (--traces FOLDER)`)
    return false
  })
}

function chooseRuns(chosen: readonly Scenario[]): Run[] {
  const names = values.policies.split(',')
  for (const name of names) if (!(name in policies)) throw new Error(`There is no policy "${name}".`)
  const first = Number(values['first-seed'])
  const seeds = Array.from({ length: values.quick ? 2 : Number(values.seeds) }, (_, index) => first + index)
  return chosen.flatMap(({ name: scenario }) =>
    names.flatMap(policy => seeds.map(seed => ({ scenario, policy, seed, tracesFolder: values.traces }))),
  )
}

function write(folder: string, results: Results, tables: readonly string[], gates: readonly Gate[]): void {
  mkdirSync(folder, { recursive: true })
  const seeds = `Seeds ${values['first-seed']} and on, ${values.quick ? 2 : values.seeds} of them; means with their 95 % intervals.`
  const head = `# What \`npm run simulate\` found\n\nWritten by \`npm run simulate -- --write docs/router\`. ${seeds}\n`
  writeFileSync(
    `${folder}/results.md`,
    `${head}\n## Gates\n\n${gatesTable(gates)}\n## Scenarios\n\n${tables.join('\n')}`,
  )
  for (const [scenario, title, unit, figure] of pictures) {
    if (!results.has(scenario, ours)) continue
    const bars = results
      .policies(scenario)
      .map(name => ({ name, ...results.estimate(scenario, name, figure) }))
      .sort((a, b) => a.mean - b.mean)
    writeFileSync(
      `${folder}/${scenario}-${title.replaceAll(/\W+/g, '-')}.svg`,
      barPlot(`${scenario}: ${title}`, unit, bars),
    )
  }
}
