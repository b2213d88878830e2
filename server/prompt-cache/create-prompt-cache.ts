import type { Clock, IdSource, Log } from '#kit'
import type { AnswerStore } from './answer-store.ts'
import { createMemoryAnswers } from './memory-answers.ts'
import { cacheOver, type PromptCache } from './prompt-cache.ts'
import { openRedisAnswers } from './redis-answers.ts'
import { connectRedis } from './redis-connection.ts'
import { openRedisLink, type RedisLinkOptions } from './redis-link.ts'

export interface PromptCacheOptions {
  /**
   * A Redis server, or any node of a Redis Cluster, as `redis://` or `rediss://`, with user and password where it wants
   * them. Undefined: answers lie in this process's memory.
   */
  readonly redisUrl: string | undefined
  /** How long an answer is kept. */
  readonly ttlMs: number
  readonly clock: Clock
  readonly log: Log
  readonly newId: IdSource
}

/** The cache, usable at once: a Redis is connected to in the background, and is away until then. */
export function createPromptCache({ redisUrl, ttlMs, clock, log, newId }: PromptCacheOptions): PromptCache {
  const store = redisUrl === undefined ? createMemoryAnswers({ ttlMs, clock }) : openRedis(redisUrl)
  return cacheOver({ store, clock, log, newId })

  function openRedis(url: string): AnswerStore {
    const openLink = (part: Pick<RedisLinkOptions, 'tryOut' | 'onReturn'>) =>
      openRedisLink({ url, connect: connectRedis, log, ...part })
    return openRedisAnswers({ openLink, ttlMs, clock, log, newId })
  }
}
