import { parseArgs } from 'node:util'
import { ConfigError, loadConfig } from '../server/config.ts'
import { figure } from './figures.ts'
import { startParley, unlimited } from './parley-server.ts'
import { mostOpenFiles } from './process-usage.ts'
import { idleMemory, measure, type Round, type Target } from './relay/measure.ts'
import { startNginx } from './relay/nginx.ts'
import { report } from './relay/report.ts'
import { type Scenario, scenarios, warmUp } from './relay/scenarios.ts'
import type { Pace, StandIn } from './relay/stand-in-cluster.ts'
import { progress, runBench, type Started } from './run-bench.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'

/**
 * What it costs to relay an answer: CPU for each token, time to the first token, memory; through this server with
 * everything on, beside an nginx that only hands bytes on, in the same run. A token is counted by its characters, so that
 * merged frames count in full. Starts everything itself; see docs/benchmarks.md.
 *
 *   npm run bench:relay -- [--only steady,thinking,wide,pressure] [--rounds 2] [--streams 200] [--rate 50] [--tokens 200]
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    streams: { type: 'string' },
    rate: { type: 'string' },
    tokens: { type: 'string' },
  },
})

await runBench(async started => {
  const chosen = chooseScenarios()
  const { cluster, cold } = await startTargets(started)
  const targets: Target[] = []
  for (const target of cold) targets.push(await warm(started, cluster, target))
  const rounds: Round[] = []
  for (const scenario of chosen) {
    for (let number = 1; number <= scenario.rounds; number++) {
      for (const target of targets) {
        if (target.pid === undefined && number > 1) continue
        progress(`${scenario.name} ${number}/${scenario.rounds}, ${target.name}: ${scenario.streams} streams`)
        const round = await measure(started, cluster, target, scenario)
        rounds.push(round)
        tell(round)
      }
    }
  }
  report(rounds)
  if (rounds.some(({ load }) => Object.keys(load.errors).length > 0)) process.exitCode = 1
})

function chooseScenarios(): readonly Scenario[] {
  const names = values.only?.split(',') ?? scenarios.map(({ name }) => name)
  const chosen = names.map(name => {
    const scenario = scenarios.find(known => known.name === name)
    if (scenario === undefined) throw new Error(`There is no scenario "${name}".`)
    const {
      streams = scenario.streams,
      rate = scenario.rate,
      tokens = scenario.tokens,
      rounds = scenario.rounds,
    } = values
    return { ...scenario, streams: Number(streams), rate: Number(rate), tokens: Number(tokens), rounds: Number(rounds) }
  })
  const needed = Math.max(...chosen.map(({ streams }) => streams)) * 2 + 200
  if (needed > mostOpenFiles()) throw new Error(`This needs ${needed} open files: raise \`ulimit -Hn\` first.`)
  return chosen
}

/** The stand-in cluster, and what is measured on it, in the order of each round. */
async function startTargets(started: Started) {
  const cluster = startWorker(started, new URL('relay/stand-in-cluster.ts', import.meta.url))
  const { url } = await cluster.ask<StandIn>({ firstTokenMs: 0, tokens: 1, rate: 0 } satisfies Pace)
  const cold: Target[] = [{ name: 'direct', url, kind: 'completion', pid: undefined, idleMb: Number.NaN }]
  const nginx = await startNginx(started, url)
  if (nginx === undefined) progress('There is no nginx on this machine: nothing stands beside this server.')
  else cold.push({ name: 'nginx', ...nginx, kind: 'completion', idleMb: Number.NaN })
  progress('starting Parley')
  const parley = await startParley(started, { yaml: configuration(url) })
  cold.push({ ...parley, name: 'Parley', kind: 'turn', idleMb: Number.NaN })
  return { cluster, cold }
}

async function warm(started: Started, cluster: WorkerProcess, target: Target): Promise<Target> {
  if (target.pid === undefined) return target
  progress(`warming up, ${target.name}`)
  await measure(started, cluster, target, warmUp)
  return { ...target, idleMb: await idleMemory(target.pid) }
}

/** Everything at its default but the limits; with a blocklist of 1,000 phrases where this checkout takes one. */
function configuration(clusterUrl: string): string {
  const yaml = `clusters:\n  - { name: stand-in, url: ${clusterUrl}/v1 }\n${unlimited}`
  const phrases = Array.from({ length: 1_000 }, (_, index) => `forbidden phrase ${index} of the benchmark`)
  const withBlocklist = `${yaml}safety:\n  blocklist:\n    benchmark: ${JSON.stringify(phrases)}\n`
  try {
    loadConfig({ env: {}, cwd: '/', readFile: () => withBlocklist, listFolder: () => [] })
    return withBlocklist
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    progress('This checkout takes no blocklist: without it.')
    return yaml
  }
}

function tell({ target, load, busy, postgresBusy, clusterBusy, loadBusy }: Round): void {
  const problems = Object.entries(load.errors).map(([problem, count]) => `, ${count} x ${problem}`)
  const shares = Object.entries({ [target]: busy, Postgres: postgresBusy, cluster: clusterBusy, load: loadBusy })
    .filter(([, share]) => Number.isFinite(share))
    .map(([who, share]) => `${who} ${figure(share * 100)} %`)
  progress(
    `  ${load.answers} answers in ${figure(load.wallMs / 1_000, 1)} s${problems.join('')}; busy: ${shares.join(', ')}`,
  )
}
