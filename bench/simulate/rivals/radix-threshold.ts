import { inFlight } from '../../../server/llm-router/decide/policy.ts'
import type { PolicyUnderTest } from '../policy-under-test.ts'
import { lowest } from './lowest.ts'

/** Defaults of the SGLang router's README and of its library (`CacheAwareConfig`). */
const cacheThreshold = 0.5
const balanceAbsThreshold = 32
const balanceRelThreshold = 1.1

/**
 * The SGLang router's `cache_aware`: where loads differ by more than both thresholds, the fewest in flight; else the
 * longest kept prefix if that is more than half of the prompt, else again the fewest in flight (its first version took
 * the smallest tree there, later ones the least load).
 */
export const radixThreshold = (): PolicyUnderTest => ({
  choose(candidates, demand, now, pool) {
    const loads = candidates.map(inFlight)
    const [most, least] = [Math.max(...loads), Math.min(...loads)]
    const unbalanced = most - least > balanceAbsThreshold && most > balanceRelThreshold * least
    const known = candidates.map(({ load }) => load.known(demand) * demand.tokensPerBlock)
    const matches = !unbalanced && Math.max(...known) > cacheThreshold * demand.promptTokens
    return lowest(candidates, demand, now, pool, cluster =>
      matches ? -(known[candidates.indexOf(cluster)] ?? 0) : inFlight(cluster),
    )
  },
})
