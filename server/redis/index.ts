/**
 * The way to a Redis, one server or a cluster, that may come and go.
 * Must never know what is kept there, hold anybody up while it is away, or log more of an address than its host.
 */
export { type OpenRedis, redisAt } from './redis-at.ts'
export type { RedisConnection } from './redis-connection.ts'
export type { RedisLink } from './redis-link.ts'
