import { inFlight } from '../../../server/llm-router/decide/policy.ts'
import type { PolicyUnderTest } from '../policy-under-test.ts'
import { lowest, twoOf } from './lowest.ts'

/** Two at random, of them the one with fewer requests in flight (Mitzenmacher 2001; Envoy's LEAST_REQUEST, `choice_count` 2). */
export const leastOfTwo = (): PolicyUnderTest => ({
  choose: (candidates, demand, now, pool) => lowest(twoOf(candidates, pool.random), demand, now, pool, inFlight),
})
