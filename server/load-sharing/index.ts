/**
 * Tells the other processes what this one has under way on the clusters, and its router what they have.
 * Must never hold a request up, carry anything for each token, or tell others where a cluster is or how it is reached.
 */
export type { SharedLoads } from './cluster-share.ts'
export { createHubLoads } from './hub-loads.ts'
export { openRedisLoads, type RedisLoads } from './redis-loads.ts'
export { type LoadSharing, shareLoads } from './share-loads.ts'
