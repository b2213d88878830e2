import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { adminKey } from '../parley-server.ts'
import { type CpuTime, cpuSince, cpuTime, cpuTimeOfFamily, residentMb, totalMs } from '../process-usage.ts'
import type { Started } from '../run-bench.ts'
import { startWorker, type WorkerProcess } from '../worker-process.ts'
import type { StreamKind } from './answer-counter.ts'
import { answerCharacters, standInModel } from './answer-text.ts'
import type { LoadPlan, LoadResult } from './load.ts'
import { answerMs, type Scenario } from './scenarios.ts'
import type { Pace, StandIn } from './stand-in-cluster.ts'

/** What answers are asked from. */
export interface Target {
  readonly name: 'direct' | 'nginx' | 'Parley'
  readonly url: string
  readonly kind: StreamKind
  /** The process between; undefined: there is none. */
  readonly pid: number | undefined
  /** The postmaster of its database, where it has one. */
  readonly postgresPid?: number | undefined
  /** Its resident memory when it is warm and has nothing to do, in MB; NaN until it is warm. */
  readonly idleMb: number
}

/** What one round of one scenario came to. */
export interface Round {
  readonly scenario: Scenario
  readonly target: Target['name']
  readonly load: LoadResult
  readonly tokensPerSecond: number
  /** 1: each token came alone; more: some were merged, as under pressure. */
  readonly tokensPerFrame: number
  /** Of the process between, in microseconds of CPU for each token; NaN where there is none. */
  readonly userUs: number
  readonly systemUs: number
  /** Its share of one core. */
  readonly busy: number
  readonly peakMb: number
  readonly overIdleMb: number
  /** Shares of one core that the others took; NaN where there is no database. */
  readonly postgresBusy: number
  readonly clusterBusy: number
  readonly loadBusy: number
}

/** Runs one scenario against one target. Conversations are made before the clock starts. */
export async function measure(
  started: Started,
  cluster: WorkerProcess,
  target: Target,
  scenario: Scenario,
): Promise<Round> {
  const pace: Pace = { firstTokenMs: scenario.firstTokenMs, tokens: scenario.tokens, rate: scenario.rate }
  await cluster.ask<StandIn>(pace)
  const plan = await planLoad(target, scenario)
  const loader = startWorker(started, new URL('load.ts', import.meta.url))
  const memory = watchMemory(target.pid)
  const spent = () => ({
    relay: target.pid === undefined ? noTime : cpuTime(target.pid),
    postgres: target.postgresPid === undefined ? noTime : cpuTimeOfFamily(target.postgresPid),
    cluster: cpuTime(cluster.pid),
    load: cpuTime(loader.pid),
  })
  const before = spent()
  const limitMs = answerMs(scenario) * (scenario.answersPerStream + 1) * 5 + 60_000
  const load = await loader.ask<LoadResult>(plan, limitMs)
  const after = spent()
  const peakMb = memory.stop()
  await loader.stop()
  const tokens = (load.characters / answerCharacters(scenario.tokens)) * scenario.tokens
  const relay = cpuSince(before.relay, after.relay)
  const busyOf = (who: keyof typeof after) => totalMs(cpuSince(before[who], after[who])) / load.wallMs
  return {
    scenario,
    target: target.name,
    load,
    tokensPerSecond: tokens / (load.wallMs / 1_000),
    tokensPerFrame: tokens / load.pieces,
    userUs: (relay.userMs * 1_000) / tokens,
    systemUs: (relay.systemMs * 1_000) / tokens,
    busy: busyOf('relay'),
    peakMb,
    overIdleMb: peakMb - target.idleMb,
    postgresBusy: busyOf('postgres'),
    clusterBusy: busyOf('cluster'),
    loadBusy: busyOf('load'),
  }
}

/** Of what is not there. */
const noTime: CpuTime = { userMs: Number.NaN, systemMs: Number.NaN }

/** Resident memory once it has stayed within 1 MB for two seconds, or after 15 s. In MB. */
export async function idleMemory(pid: number): Promise<number> {
  let settled = residentMb(pid)
  let quietSince = performance.now()
  for (const deadline = performance.now() + 15_000; performance.now() < deadline; await wait(100)) {
    const now = residentMb(pid)
    if (Math.abs(now - settled) > 1) {
      settled = now
      quietSince = performance.now()
    }
    if (performance.now() - quietSince > 2_000) break
  }
  return settled
}

/** The highest resident memory seen, looking every 100 ms. */
function watchMemory(pid: number | undefined): { stop(): number } {
  let peakMb = pid === undefined ? Number.NaN : residentMb(pid)
  const watch = setInterval(() => {
    if (pid !== undefined) peakMb = Math.max(peakMb, residentMb(pid))
  }, 100)
  return {
    stop() {
      clearInterval(watch)
      return peakMb
    },
  }
}

async function planLoad(target: Target, scenario: Scenario): Promise<LoadPlan> {
  const { streams, tokens } = scenario
  const answers = streams * scenario.answersPerStream
  const base = { kind: target.kind, streams, tokens, rampMs: answerMs(scenario) }
  if (target.kind === 'completion') {
    const message = { role: 'user', content: '{prompt}' }
    const body = { model: standInModel, stream: true, stream_options: { include_usage: true }, messages: [message] }
    const urls = Array.from({ length: answers }, () => `${target.url}/v1/chat/completions`)
    return { ...base, urls, headers: {}, body: JSON.stringify(body) }
  }
  const conversations = await makeConversations(target.url, answers)
  return {
    ...base,
    urls: conversations.map(id => `${target.url}/api/v1/conversations/${id}/messages`),
    headers: { authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ content: '{prompt}', stream: true }),
  }
}

/** One for each answer, with a title, so that no model is asked for one. */
async function makeConversations(url: string, count: number): Promise<readonly string[]> {
  const ids: string[] = []
  let wanted = count
  const make = async () => {
    while (wanted-- > 0) {
      const response = await fetch(`${url}/api/v1/conversations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ title: `Benchmark ${randomUUID()}` }),
      })
      if (response.status !== 201) throw new Error(`no conversation: ${response.status} ${await response.text()}`)
      ids.push(((await response.json()) as { readonly id: string }).id)
    }
  }
  await Promise.all(Array.from({ length: 16 }, make))
  return ids
}
