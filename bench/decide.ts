import { createBreaker } from '../server/llm-router/decide/breaker.ts'
import type { Demand } from '../server/llm-router/decide/demand.ts'
import { blockBytes, createPromptHasher } from '../server/llm-router/decide/hash-prompt.ts'
import { createLearnedLoad } from '../server/llm-router/decide/learned-load.ts'
import { createPool } from '../server/llm-router/decide/pool.ts'
import { predictedCost } from '../server/llm-router/decide/predicted-cost.ts'
import { figure, printTable, quantile } from './figures.ts'
import { runBench } from './run-bench.ts'
import { seededRandom } from './seeded-random.ts'

/**
 * What a decision of the router costs: choosing among so many clusters whose prefix indexes are warm, and hashing a
 * prompt. The exit code is 1 when one takes longer than it may.
 *
 *   npm run bench:decide
 */
const tokensPerBlock = blockBytes / 4
const decisions = 20_000
const promptBlocks = 64

await runBench(async () => {
  const few = timeDecisions(16)
  const many = timeDecisions(200)
  const hash = timeHash()
  const rows = [
    ['choose and dispatch among 16 clusters', few, 20],
    ['choose and dispatch among 200 clusters', many, 100],
    ['hash a prompt of 32 KB', hash, 40],
  ] as const
  printTable(
    ['', 'p50 us', 'p99 us', 'p50 at most', ''],
    1,
    rows.map(([name, times, bound]) => {
      const p50 = quantile(times, 0.5)
      if (p50 > bound) process.exitCode = 1
      return [name, figure(p50, 1), figure(quantile(times, 0.99), 1), String(bound), p50 > bound ? 'MISSED' : 'pass']
    }),
  )
})

/** Each on clusters that have been working for a while: some with answers under way, all with prompts in memory. */
function timeDecisions(count: number): number[] {
  const random = seededRandom(count)
  const clusters = Array.from({ length: count }, (_, number) => ({
    name: `cluster-${number}`,
    load: createLearnedLoad(),
    breaker: createBreaker(random, -1e9),
    capacity: undefined,
    weight: 1,
  }))
  const pool = createPool({ policy: predictedCost, random })
  const running: Array<() => void> = []
  const times: number[] = []
  let now = 0
  for (let index = 0; index < 2 * decisions; index++) {
    now += 5
    const demand = demandOf(Math.floor(random() * 5_000), random)
    const startedAt = performance.now()
    const choice = pool.choose(clusters, demand, now)
    const dispatch = choice && pool.dispatch(choice, demand, now)
    if (index >= decisions) times.push(1_000 * (performance.now() - startedAt))
    const firstAt = now + 100
    running.push(() => {
      dispatch?.firstToken(firstAt)
      dispatch?.end(firstAt + 3_000, { failed: false, outputTokens: 100 })
    })
    if (running.length > 4 * count) running.shift()?.()
  }
  return times
}

/** A turn of one of some conversations, which all have a block in common. */
function demandOf(conversation: number, random: () => number): Demand {
  const length = 1 + Math.floor(random() * promptBlocks)
  const blocks = Float64Array.from({ length }, (_, index) => (index === 0 ? 0 : conversation * 1_000 + index))
  return { promptTokens: length * tokensPerBlock, blocks, tokensPerBlock, outputTokens: 300 }
}

function timeHash(): number[] {
  const hash = createPromptHasher()
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(800).slice(0, 32_768)
  const times: number[] = []
  for (let index = 0; index < 4_000; index++) {
    const startedAt = performance.now()
    hash('model', [text])
    if (index >= 1_000) times.push(1_000 * (performance.now() - startedAt))
  }
  return times
}
