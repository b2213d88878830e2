/**
 * HTTP: authenticates, limits, validates and routes; turns faults into problems.
 * Must never hold a rule of the product: what a request means is decided behind it.
 */
export { createGateway, type Gateway, type GatewayDeps } from './create-gateway.ts'
export { createLimits, type Limits } from './limits/limits.ts'
