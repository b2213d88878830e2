import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { isFault, systemClock } from '#kit'
import { createLlmRouter, type LlmRouter, type RequestClass } from '#llm-router'
import { type PacedCluster, pacedModel, startPacedCluster } from './admission/paced-cluster.ts'
import { figure, printTable, quantile } from './figures.ts'
import { progress, runBench, type Started } from './run-bench.ts'
import { type Random, seededRandom } from './seeded-random.ts'

/**
 * What the line in front of the clusters promises, through the router over real HTTP: under three times the load that the
 * clusters can take; with one greedy user beside fifty light ones; and when answers are stopped.
 *
 *   npm run bench:admission -- [--seconds 30] [--seed 1]
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
})

const clusters = 2
const slotsEach = 8
const pace = { firstTokenMs: 100, answerMs: 2_000 }
/** Answers a second that the clusters can give. */
const capacity = (clusters * slotsEach * 1_000) / pace.answerMs

const request = {
  messages: [{ role: 'user' as const, content: 'A question of about fifty tokens. '.repeat(6) }],
  maxTokens: 100,
  temperature: 0.7,
  continues: false,
  seamless: false,
}

await runBench(async started => {
  const random = seededRandom(Number(values.seed))
  const forMs = Number(values.seconds) * 1_000
  const rows = [
    ...(await overload(started, random, forMs)),
    ...(await greedyBesideLight(started, random, forMs)),
    ...(await stops(started, random)),
  ]
  printTable(
    ['what', 'figure', 'target', ''],
    1,
    rows.map(({ what, value, target, unit }) => [
      what,
      `${figure(value, value < 10 ? 2 : 0)}${unit}`,
      target === undefined ? '' : `${target}${unit}`,
      target === undefined ? '' : value <= target ? 'met' : 'MISSED',
    ]),
  )
  if (rows.some(({ value, target }) => target !== undefined && !(value <= target))) process.exitCode = 1
})

interface Row {
  readonly what: string
  readonly value: number
  readonly target?: number
  readonly unit: string
}

/** What became of one request. Times in milliseconds since it was made. */
interface Tried {
  readonly firstTokenMs: number
  readonly wholeMs: number
  /** Undefined: it was admitted. */
  readonly retryAfterMs: number | undefined
}

interface Stage {
  readonly router: LlmRouter
  readonly paced: readonly PacedCluster[]
}

async function setStage(started: Started, random: Random): Promise<Stage> {
  const paced = await Promise.all(
    Array.from({ length: clusters }, () => startPacedCluster(started, { ...pace, random })),
  )
  const router = await createLlmRouter({
    clusters: paced.map(({ url }, index) => ({
      name: `cluster-${index}`,
      url,
      apiKey: undefined,
      models: [pacedModel],
      capacity: slotsEach,
      engine: undefined,
      region: undefined,
    })),
    models: new Map(),
    defaultModel: undefined,
    policy: 'predicted_cost',
    clock: systemClock,
    random,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  started.defer(() => router.close())
  return { router, paced }
}

async function ask({ router }: Stage, userId: string, signal = new AbortController().signal): Promise<Tried> {
  const startedAt = performance.now()
  const since = () => performance.now() - startedAt
  let firstTokenMs = Number.NaN
  const kind: RequestClass = 'default'
  try {
    const ticket = router.admit(pacedModel, { userId, class: kind, promptTokens: 50 })
    const take = (batch: readonly { readonly type: string }[]) => {
      if (Number.isNaN(firstTokenMs) && batch.some(({ type }) => type === 'text')) firstTokenMs = since()
    }
    await router.generate(ticket, request, take, signal).finally(() => ticket.release())
  } catch (error) {
    if (!isFault(error) || error.code !== 'overloaded') throw error
    return { firstTokenMs, wholeMs: since(), retryAfterMs: error.retryAfterMs ?? Number.NaN }
  }
  return { firstTokenMs, wholeMs: since(), retryAfterMs: undefined }
}

async function overload(started: Started, random: Random, forMs: number): Promise<readonly Row[]> {
  progress('three times the load that the clusters can take, from 200 users')
  const stage = await setStage(started, random)
  const tries: Promise<Tried>[] = []
  const end = performance.now() + forMs
  while (performance.now() < end) {
    tries.push(ask(stage, `user-${Math.floor(random() * 200)}`))
    await wait((-Math.log(1 - random()) * 1_000) / (3 * capacity))
  }
  const all = await Promise.all(tries)
  const admitted = all.filter(({ retryAfterMs }) => retryAfterMs === undefined)
  const refused = all.filter(({ retryAfterMs }) => retryAfterMs !== undefined)
  const first = admitted.map(({ firstTokenMs }) => firstTokenMs)
  const told = refused.map(({ retryAfterMs = Number.NaN }) => retryAfterMs)
  const refusedIn = refused.map(({ wholeMs }) => wholeMs)
  return [
    { what: '3x overload: first token of those admitted, p50', value: quantile(first, 0.5), unit: ' ms' },
    {
      what: '3x overload: first token of those admitted, p99',
      value: quantile(first, 0.99),
      target: 5_000,
      unit: ' ms',
    },
    { what: '3x overload: refused in, p99', value: quantile(refusedIn, 0.99), target: 100, unit: ' ms' },
    { what: '3x overload: told to come again in, p50', value: quantile(told, 0.5), unit: ' ms' },
    { what: '3x overload: refused', value: (100 * refused.length) / all.length, unit: ' %' },
  ]
}

async function greedyBesideLight(started: Started, random: Random, forMs: number): Promise<readonly Row[]> {
  progress('fifty light users alone, and then beside one with 500 requests')
  const alone = await lightUsers(await setStage(started, random), random, forMs)
  const stage = await setStage(started, random)
  const end = performance.now() + forMs
  const stop = new AbortController()
  const greedy = Array.from({ length: 500 }, async () => {
    while (performance.now() < end && !stop.signal.aborted) {
      const { retryAfterMs } = await ask(stage, 'greedy')
      if (retryAfterMs !== undefined) await wait(retryAfterMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  })
  const beside = await lightUsers(stage, random, forMs)
  stop.abort()
  await Promise.all(greedy)
  const slower = (of: (tried: Tried) => number) => 100 * (mean(beside.map(of)) / mean(alone.map(of)) - 1)
  return [
    {
      what: 'greedy user: light answers slower, mean',
      value: slower(({ wholeMs }) => wholeMs),
      target: 20,
      unit: ' %',
    },
    {
      what: 'greedy user: light first tokens, mean, alone',
      value: mean(alone.map(({ firstTokenMs }) => firstTokenMs)),
      unit: ' ms',
    },
    {
      what: 'greedy user: light first tokens, mean, beside',
      value: mean(beside.map(({ firstTokenMs }) => firstTokenMs)),
      unit: ' ms',
    },
    {
      what: 'greedy user: light users refused',
      value: beside.filter(({ retryAfterMs }) => retryAfterMs !== undefined).length,
      unit: '',
    },
  ]
}

/** Fifty who read for a while before they ask again: six tenths of what the clusters can take. */
async function lightUsers(stage: Stage, random: Random, forMs: number): Promise<readonly Tried[]> {
  const end = performance.now() + forMs
  const thinkMs = (50 * 1_000) / (0.6 * capacity) - pace.answerMs
  const tries: Tried[] = []
  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      await wait(random() * (thinkMs + pace.answerMs))
      while (performance.now() < end) {
        tries.push(await ask(stage, `light-${index}`))
        await wait(Math.max(0, Math.min(-Math.log(1 - random()) * thinkMs, end - performance.now())))
      }
    }),
  )
  return tries
}

async function stops(started: Started, random: Random): Promise<readonly Row[]> {
  progress('answers that are stopped while others wait')
  const stage = await setStage(started, random)
  const tookMs: number[] = []
  for (let round = 0; round < 10; round++) {
    const stop = new AbortController()
    const running = Array.from({ length: clusters * slotsEach }, (_, index) => ask(stage, `one-${index}`, stop.signal))
    const all = () => stage.paced.reduce((sum, { open }) => sum + open, 0)
    while (all() < running.length) await wait(1)
    const next = ask(stage, 'next')
    stop.abort('stopped')
    await Promise.allSettled(running)
    tookMs.push((await next).firstTokenMs - pace.firstTokenMs)
    while (all() > 0) await wait(1)
  }
  return [{ what: 'stopped: the place is free, worst', value: Math.max(...tookMs), target: 100, unit: ' ms' }]
}

function mean(numbers: readonly number[]): number {
  const known = numbers.filter(Number.isFinite)
  return known.reduce((sum, number) => sum + number, 0) / known.length
}
