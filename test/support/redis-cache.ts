/** What the tests on Redis share: stores that wait for a busy machine, a cache whose log they read, turns that use it. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Log, type LogFields, newId, systemClock } from '#kit'
import type { AnswerStore } from '../../server/prompt-cache/answer-store.ts'
import { createPromptCache, type PromptCache } from '../../server/prompt-cache/index.ts'
import { anAnswer, anyKey, strictLog } from '../../server/prompt-cache/prompt-cache-contract.ts'
import { openRedisAnswers } from '../../server/prompt-cache/redis-answers.ts'
import { redisAt } from '../../server/redis/redis-at.ts'
import { connectRedis } from '../../server/redis/redis-connection.ts'
import { openRedisLink, type RedisLinkOptions } from '../../server/redis/redis-link.ts'

/** Much more than any call may take, but a tenth of what a turn that waits for a Redis in vain would. */
const promptMs = 1_000

export interface Line {
  readonly level: 'info' | 'warn' | 'error'
  readonly fields: LogFields
  readonly message: string
}

export function openCache(t: Pick<TestContext, 'after'>, redis: { readonly url: string }) {
  const lines: Line[] = []
  const log: Log = {
    debug() {},
    info: (fields, message) => lines.push({ level: 'info', fields, message }),
    warn: (fields, message) => lines.push({ level: 'warn', fields, message }),
    error: (fields, message) => lines.push({ level: 'error', fields, message }),
  }
  const openLink = redisAt(redis.url, log)
  const cache = createPromptCache({ redis: openLink, hub: undefined, ttlMs: 60_000, clock: systemClock, log, newId })
  t.after(() => inTime(() => cache.close()))
  return Object.assign(cache, { lines })
}

/**
 * The store of a process, connected. A call may take 5 s: a machine that is busy with others must not turn a test of what
 * is kept into one of delays. Each command waits for `after` before its reply is passed on.
 */
export async function openStore(
  scope: { after(work: () => Promise<void>): void },
  redis: { readonly url: string },
  ttlMs: number,
  after: (command: readonly string[]) => unknown = () => {},
): Promise<AnswerStore> {
  const connect: RedisLinkOptions['connect'] = async options => {
    const connection = await connectRedis(options)
    return {
      ...connection,
      async send(key, command) {
        const reply = await connection.send(key, command)
        await after(command)
        return reply
      },
    }
  }
  const store = openRedisAnswers({
    openLink: use => openRedisLink({ ...use, url: redis.url, connect, limitMs: 5_000, log: strictLog }),
    ttlMs,
    clock: systemClock,
    log: strictLog,
    newId,
  })
  scope.after(store.close)
  while (!(await store.acquire(anyKey(), 'test', 1).catch(() => false))) await wait(10)
  return store
}

/** Fails when the call takes as long as a user would notice. */
export async function inTime<Value>(call: () => Promise<Value>): Promise<Value> {
  const startedAt = performance.now()
  const value = await call()
  assert.ok(performance.now() - startedAt < promptMs, `took ${performance.now() - startedAt} ms`)
  return value
}

/** Everything a turn asks of the cache; whether it found what it had put. */
export async function turn(cache: PromptCache): Promise<boolean> {
  const [key, conversationId] = [anyKey(), newId()]
  await inTime(() => cache.get(key))
  const claim = await inTime(() => cache.claim(key, new AbortController().signal))
  assert.ok(claim.kind === 'claimed')
  await inTime(() => cache.put(key, anAnswer('Hello'), conversationId))
  await inTime(() => claim.release())
  const found = (await inTime(() => cache.get(key))) !== undefined
  await inTime(() => cache.forget(conversationId))
  assert.equal(await inTime(() => cache.get(key)), undefined)
  return found
}

/** Takes turns until one finds what it kept; the test's own limit ends it. */
export async function untilItHits(cache: PromptCache): Promise<void> {
  while (!(await turn(cache))) await wait(10)
}

/** Turns that go on at the same time as the test, eight at once; how many there were. */
export function keepTurning(t: Pick<TestContext, 'after'>, cache: PromptCache): () => Promise<number> {
  const stop = new AbortController()
  t.after(() => stop.abort())
  let turns = 0
  const running = Array.from({ length: 8 }, async () => {
    for (; !stop.signal.aborted; turns++) {
      await turn(cache)
      await wait(5) // while Redis is away a turn takes no time, and would leave none to others
    }
  })
  return async () => {
    stop.abort()
    await Promise.all(running)
    return turns
  }
}
