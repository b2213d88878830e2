import { parseArgs } from 'node:util'
import { faultNames } from './chaos/faults.ts'
import { report } from './chaos/report.ts'
import { runUnderFaults } from './chaos/run-under-faults.ts'
import { seededRandom } from './chaos/seeded-random.ts'
import { setStage } from './chaos/stage.ts'
import { mostOpenFiles } from './process-usage.ts'
import { progress, runBench } from './run-bench.ts'

/**
 * What users keep when servers, Postgres, Redis, clusters and connections fail under them: real processes, real faults,
 * and a judge who knows every answer. Starts everything itself; see docs/benchmarks.md.
 *
 *   npm run bench:chaos -- [--streams 300] [--minutes 2] [--every 20] [--faults kill,stall] [--replicas 3] [--seed 1]
 */
const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '300' },
    minutes: { type: 'string', default: '2' },
    every: { type: 'string', default: '20' },
    faults: { type: 'string', default: faultNames.join(',') },
    replicas: { type: 'string', default: '3' },
    redis: { type: 'boolean', default: true },
    seed: { type: 'string', default: '1' },
  },
  allowNegative: true,
})

await runBench(async started => {
  const [streams, seed] = [Number(values.streams), Number(values.seed)]
  const names = values.faults.split(',').filter(Boolean)
  for (const name of names) if (!faultNames.includes(name)) throw new Error(`There is no fault "${name}".`)
  // Each stream is a socket of the clients, two of the balancer, and one of a replica on either side.
  const needed = streams * 3 + 500
  if (needed > mostOpenFiles()) throw new Error(`This needs ${needed} open files: raise \`ulimit -Hn\` first.`)
  const stage = await setStage(started, { replicas: Number(values.replicas), streams, redis: values.redis })
  const load = { name: 'faults', streams, seed, dropAfter: undefined, stopShare: 0.08 }
  const plan = {
    names,
    everyMs: Number(values.every) * 1_000,
    forMs: Number(values.minutes) * 60_000,
    random: seededRandom(seed),
  }
  const { judgement, history } = await runUnderFaults(started, stage, load, plan)
  report(
    `${streams} streams on ${values.replicas} replicas, ${values.minutes} minutes, seed ${seed}`,
    judgement,
    history,
  )
  if (judgement.promises.every(({ kept }) => kept)) return
  process.exitCode = 1
  stage.keep()
  progress(`Some promises were broken. The histories and the servers' logs are in ${stage.folder}.`)
})
