import { uncachedTokens } from '../../../server/llm-router/decide/demand.ts'
import { type Candidate, inFlight } from '../../../server/llm-router/decide/policy.ts'
import type { PolicyUnderTest } from '../policy-under-test.ts'
import { lowest } from './lowest.ts'

/** Prompt tokens that must be read before this one's first token: those that wait there and its own that are not kept. */
const tokensAhead = ({ load }: Candidate, demand: Parameters<typeof uncachedTokens>[0]) =>
  load.pendingTokens + uncachedTokens(demand, load.known(demand))

/** The product of what must be read and of the batch: multiplied, two indicators of different units need no weights. */
export const uncachedTimesLoad = (): PolicyUnderTest => ({
  choose: (candidates, demand, now, pool) =>
    lowest(candidates, demand, now, pool, cluster => tokensAhead(cluster, demand) * (1 + inFlight(cluster))),
})

/** The least to read before the first token, as Mooncake's conductor estimates it (Qin et al. 2025), in tokens. */
export const pendingPlusUncached = (): PolicyUnderTest => ({
  choose: (candidates, demand, now, pool) =>
    lowest(candidates, demand, now, pool, cluster => tokensAhead(cluster, demand)),
})
