/**
 * HTTP: authenticates, limits, validates and routes; turns faults into problems.
 * Must never hold a rule of the product: what a request means is decided behind it.
 */
export { createGateway, type Gateway, type GatewayDeps } from './create-gateway.ts'
export { createGuessLimits, type GuessLimits } from './limits/guess-limits.ts'
export { createHubMeters } from './limits/hub-meters.ts'
export { createLimits, type Limits } from './limits/limits.ts'
export { createMemoryMeters } from './limits/memory-meters.ts'
export type { Meters } from './limits/meters.ts'
export { openRedisMeters } from './limits/redis-meters.ts'
export { createSharedMeters } from './limits/shared-meters.ts'
