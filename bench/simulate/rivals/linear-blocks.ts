import { uncachedTokens } from '../../../server/llm-router/decide/demand.ts'
import type { PolicyUnderTest } from '../policy-under-test.ts'
import { lowest } from './lowest.ts'

/** Dynamo's defaults: `--kv-overlap-score-weight` 1, `--router-temperature` 0; its blocks hold 16 tokens with vLLM. */
const overlapWeight = 1
const blockTokens = 16

/**
 * NVIDIA Dynamo's KV router: the lowest `weight x prefill blocks + decode blocks`. Prefill blocks: prompts not yet read
 * there and this one's uncached part; decode blocks: the prompts of all requests under way there, this one among them.
 */
export function linearBlocks(): PolicyUnderTest {
  const active = new Map<string, number>()
  const change = (cluster: string, tokens: number) => active.set(cluster, (active.get(cluster) ?? 0) + tokens)
  return {
    choose: (candidates, demand, now, pool) =>
      lowest(candidates, demand, now, pool, ({ name, load }) => {
        const toRead = load.pendingTokens + uncachedTokens(demand, load.known(demand))
        const kept = (active.get(name) ?? 0) + demand.promptTokens
        return (overlapWeight * toRead + kept) / blockTokens
      }),
    observe: {
      sent: (cluster, { promptTokens }) => void change(cluster, promptTokens),
      ended: (cluster, { promptTokens }) => void change(cluster, -promptTokens),
    },
  }
}
