import type { Hub } from '#hub'
import type { Clock, IdSource, Log } from '#kit'
import type { OpenRedis } from '#redis'
import { createHubAnswers } from './hub-answers.ts'
import { createMemoryAnswers } from './memory-answers.ts'
import { cacheOver, type PromptCache } from './prompt-cache.ts'
import { openRedisAnswers } from './redis-answers.ts'

export interface PromptCacheOptions {
  /** Where answers lie: here if it is there, else in `hub`, else in this process's memory. */
  readonly redis: OpenRedis | undefined
  readonly hub: Hub | undefined
  /** How long an answer is kept. */
  readonly ttlMs: number
  readonly clock: Clock
  readonly log: Log
  readonly newId: IdSource
}

/** The cache, usable at once: a Redis is connected to in the background, and is away until then. */
export function createPromptCache({ redis, hub, ttlMs, clock, log, newId }: PromptCacheOptions): PromptCache {
  return cacheOver({ store: openStore(), clock, log, newId })

  function openStore() {
    if (redis !== undefined) return openRedisAnswers({ openLink: redis, ttlMs, clock, log, newId })
    return hub === undefined ? createMemoryAnswers({ ttlMs, clock }) : createHubAnswers(hub)
  }
}
