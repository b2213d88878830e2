import type { Policy } from './policy.ts'
import { predictedCost } from './predicted-cost.ts'
import { createRoundRobin, latencyLoad, leastLoad } from './simple-policies.ts'

/** The policies that a configuration may name. */
export type PolicyName = 'predicted_cost' | 'latency_load' | 'least_load' | 'round_robin'

export function createPolicy(name: PolicyName): Policy {
  switch (name) {
    case 'predicted_cost':
      return predictedCost
    case 'latency_load':
      return latencyLoad
    case 'least_load':
      return leastLoad
    case 'round_robin':
      return createRoundRobin()
  }
}
