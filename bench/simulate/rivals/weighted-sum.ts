import type { PolicyUnderTest } from '../policy-under-test.ts'
import { lowest } from './lowest.ts'

/** The default profile of the Kubernetes Gateway API inference extension and of llm-d: queue 2, KV cache use 2, prefix 3. */
const weights = { queue: 2, memory: 2, prefix: 3 }
/** What it reads from an engine's metrics we tell it: the tokens that the reference engine has room for. */
const memoryTokens = 400_000

/**
 * The highest weighted sum of three scores between 0 and 1: the shortest queue (`(max - own) / (max - min)`), the least
 * used KV cache, the share of the prompt that is kept.
 */
export function weightedSum(): PolicyUnderTest {
  const active = new Map<string, number>()
  const change = (cluster: string, tokens: number) => active.set(cluster, (active.get(cluster) ?? 0) + tokens)
  return {
    choose(candidates, demand, now, pool) {
      const queues = candidates.map(({ load }) => load.unanswered)
      const [most, least] = [Math.max(...queues), Math.min(...queues)]
      return lowest(candidates, demand, now, pool, ({ name, load }) => {
        const queue = most === least ? 1 : (most - load.unanswered) / (most - least)
        const memory = 1 - Math.min(1, (active.get(name) ?? 0) / memoryTokens)
        const prefix = Math.min(1, (load.known(demand) * demand.tokensPerBlock) / demand.promptTokens)
        return -(weights.queue * queue + weights.memory * memory + weights.prefix * prefix)
      })
    },
    observe: {
      sent: (cluster, { promptTokens }) => void change(cluster, promptTokens),
      ended: (cluster, { promptTokens }) => void change(cluster, -promptTokens),
    },
  }
}
