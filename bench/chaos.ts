import { parseArgs } from 'node:util'
import { faultNames } from './chaos/faults.ts'
import type { HistoryRecord } from './chaos/history.ts'
import type { JudgedPromise, Judgement } from './chaos/judgement.ts'
import { measureCatchUp, type Timings } from './chaos/measure-catch-up.ts'
import { measureStop } from './chaos/measure-stop.ts'
import { reconnectAtRandom } from './chaos/reconnects.ts'
import { report, reportTimings } from './chaos/report.ts'
import { runUnderFaults } from './chaos/run-under-faults.ts'
import { type Stage, setStage } from './chaos/stage.ts'
import { checkOut, olderVersion, upgradeUnderLoad } from './chaos/upgrade.ts'
import { mostOpenFiles } from './process-usage.ts'
import { progress, runBench, type Started } from './run-bench.ts'
import { seededRandom } from './seeded-random.ts'

/**
 * What users keep when servers, Postgres, Redis, clusters and connections fail under them: real processes, real faults,
 * and a judge who knows every answer. Starts everything itself; see docs/benchmarks.md.
 *
 *   npm run bench:chaos -- [--only faults,reconnects,catch-up,stop,upgrade] [--streams 300] [--replicas 3] [--seed 1]
 *                          [--no-redis] [--minutes 2] [--every 20] [--faults kill,stall] [--reconnects 10000]
 *                          [--rounds 30] [--from <git ref>] [--tokens 300] [--rate 5]
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'faults' },
    streams: { type: 'string', default: '300' },
    replicas: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    tokens: { type: 'string' },
    rate: { type: 'string' },
    redis: { type: 'boolean', default: true },
    minutes: { type: 'string', default: '2' },
    every: { type: 'string', default: '20' },
    faults: { type: 'string', default: faultNames.join(',') },
    reconnects: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '30' },
    from: { type: 'string' },
  },
  allowNegative: true,
})
const [streams, seed, replicas] = [Number(values.streams), Number(values.seed), Number(values.replicas)]
/** Tokens of every answer, and of each second; else 60 to 200, at 5 to 15. */
const wish = {
  tokens: values.tokens === undefined ? undefined : Number(values.tokens),
  rate: values.rate === undefined ? undefined : Number(values.rate),
}
/** Of each client's turns, it stops so many. */
const stopShare = 0.08
/** Between the replicas of a roll-out. */
const aloneMs = 10_000

/** Runs one scenario on a stage of its own and reports it; resolves with the promises that it judged. */
type Scenario = (started: Started, stage: Stage) => Promise<readonly JudgedPromise[]>

const scenarios: Readonly<Record<string, Scenario>> = {
  async faults(started, stage) {
    const names = values.faults.split(',').filter(Boolean)
    for (const name of names) if (!faultNames.includes(name)) throw new Error(`There is no fault "${name}".`)
    const load = { name: 'faults', streams, seed, dropAfter: undefined, stopShare, wish }
    const [everyMs, forMs] = [Number(values.every) * 1_000, Number(values.minutes) * 60_000]
    const plan = { names, everyMs, forMs, random: seededRandom(seed) }
    const title = `Faults: ${streams} streams on ${replicas} replicas, ${values.minutes} minutes, seed ${seed}`
    return tell(title, await runUnderFaults(started, stage, load, plan))
  },
  async reconnects(started, stage) {
    const load = { name: 'reconnects', streams, seed, stopShare, wish }
    const title = `Reconnects: ${values.reconnects} at random points to random replicas, ${streams} streams`
    return tell(title, await reconnectAtRandom(started, stage, load, Number(values.reconnects)))
  },
  async 'catch-up'(_, stage) {
    return tellTimings('Catch-up on another replica', await withAndWithoutRedis(stage, measureCatchUp))
  },
  async stop(_, stage) {
    return tellTimings('Stop from another replica', await withAndWithoutRedis(stage, measureStop))
  },
  async upgrade(started, stage) {
    const load = { name: 'upgrade', streams, seed, dropAfter: undefined, stopShare, wish }
    const outcome = await upgradeUnderLoad(started, stage, load, aloneMs)
    const { before, after } = outcome.migrations
    return tell(`Rolling upgrade from ${await from()}, schema ${before} to ${after}, ${streams} streams`, outcome)
  },
}

const from = async () => values.from ?? (await olderVersion())

await runBench(async started => {
  // Each stream is a socket of the clients, two of the balancer, and one of a replica on either side.
  const needed = streams * 3 + 500
  if (needed > mostOpenFiles()) throw new Error(`This needs ${needed} open files: raise \`ulimit -Hn\` first.`)
  for (const name of values.only.split(',')) {
    const scenario = scenarios[name]
    if (scenario === undefined) throw new Error(`There is no scenario "${name}".`)
    const scope = started.use(new AsyncDisposableStack())
    const checkout = name === 'upgrade' ? { checkout: await checkOut(scope, await from()) } : {}
    const stage = await setStage(scope, { replicas, streams, redis: values.redis, ...checkout })
    const promises = await scenario(scope, stage)
    if (promises.some(({ kept }) => !kept)) {
      process.exitCode = 1
      stage.keep()
      progress(`Some promises were broken. The histories and the servers' logs are in ${stage.folder}.`)
    }
    await scope.disposeAsync()
  }
})

async function withAndWithoutRedis(
  stage: Stage,
  measure: (stage: Stage, rounds: number, when: string) => Promise<Timings>,
): Promise<Timings> {
  const parts: Timings[] = []
  if (stage.redis !== undefined) {
    parts.push(await measure(stage, Number(values.rounds), 'with Redis'))
    await stage.redis.kill()
  }
  parts.push(await measure(stage, Number(values.rounds), 'without Redis'))
  return {
    promises: parts.flatMap(({ promises }) => promises),
    latencies: parts.flatMap(({ latencies }) => latencies),
  }
}

function tell(title: string, outcome: { readonly judgement: Judgement; readonly history: readonly HistoryRecord[] }) {
  report(title, outcome.judgement, outcome.history)
  return outcome.judgement.promises
}

function tellTimings(title: string, timings: Timings) {
  reportTimings(title, timings)
  return timings.promises
}
