import { createAdmissionQueue } from '../../server/llm-router/decide/admission-queue.ts'
import { predictedCost } from '../../server/llm-router/decide/predicted-cost.ts'
import { createRoundRobin, latencyLoad, leastLoad } from '../../server/llm-router/decide/simple-policies.ts'
import type { PolicyUnderTest } from './policy-under-test.ts'
import { leastOfTwo } from './rivals/by-count.ts'
import { linearBlocks } from './rivals/linear-blocks.ts'
import { peakEwma } from './rivals/peak-ewma.ts'
import { prefixPin } from './rivals/prefix-pin.ts'
import { radixThreshold } from './rivals/radix-threshold.ts'
import { pendingPlusUncached, uncachedTimesLoad } from './rivals/token-rules.ts'
import { weightedSum } from './rivals/weighted-sum.ts'

/** The one that is judged. */
export const ours = 'predicted_cost'

/** By name; each router gets one of its own. The first four are the server's own, selectable in `parley.yaml`. */
export const policies: Readonly<Record<string, () => PolicyUnderTest>> = {
  [ours]: () => ({ choose: predictedCost, createLine: createAdmissionQueue }),
  latency_load: () => ({ choose: latencyLoad }),
  least_load: () => ({ choose: leastLoad }),
  round_robin: () => ({ choose: createRoundRobin() }),
  least_of_two: leastOfTwo,
  peak_ewma: peakEwma,
  prefix_pin: prefixPin,
  radix_threshold: radixThreshold,
  uncached_x_load: uncachedTimesLoad,
  linear_blocks: linearBlocks,
  weighted_sum: weightedSum,
  pending_uncached: pendingPlusUncached,
}
