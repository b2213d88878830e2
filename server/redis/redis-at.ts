import type { Log } from '#kit'
import { connectRedis } from './redis-connection.ts'
import { openRedisLink, type RedisLink, type RedisLinkOptions } from './redis-link.ts'

/** Opens a link for one use of a Redis: what is slow or refused for one does not send the others away. */
export type OpenRedis = (use: Omit<RedisLinkOptions, 'url' | 'connect' | 'log'>) => RedisLink

/**
 * The Redis at an address: a server, or any node of a Redis Cluster, as `redis://` or `rediss://`, with user and password
 * where it wants them.
 */
export const redisAt =
  (url: string, log: Log): OpenRedis =>
  use =>
    openRedisLink({ url, connect: connectRedis, log, ...use })
