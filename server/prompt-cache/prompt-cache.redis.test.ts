import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRedis, startRedisCluster, type TestRedis, withRedis } from '../../test/support/redis.ts'
import { keepTurning, openCache, openStore, untilItHits } from '../../test/support/redis-cache.ts'
import { atEnd, fileScope, until } from '../../test/support/server.ts'
import { connectRedis } from '../redis/redis-connection.ts'
import type { AnswerStore } from './answer-store.ts'
import { testPromptCache } from './prompt-cache-contract.ts'

const scope = fileScope()

const server = lazily(async () => [await startRedis(scope)])
testPromptCache('on a Redis', withRedis, storesOf(server))

const cluster = lazily(() => startRedisCluster(scope))
// It takes its seconds while the tests above run. That it cannot start is told by the tests that need it.
if (!withRedis.skip) cluster().catch(() => {})
testPromptCache('on a Redis Cluster', withRedis, storesOf(cluster))

test('every master of a Redis Cluster leads to all of it', withRedis, async () => {
  const urls = (await cluster()).map(({ url }) => url).sort()
  for (const url of urls) {
    const connection = await connectRedis({ url, onError: assert.ifError, signal: new AbortController().signal })
    connection.destroy()
    assert.deepEqual([...connection.nodes].sort(), urls)
  }
})

test('a Redis Cluster of which one node is stopped fails no call and delays none', withRedis, async t => {
  const [first, second] = await cluster()
  assert.ok(first && second)
  const cache = openCache(t, first)
  await untilItHits(cache)
  const turning = keepTurning(t, cache)
  second.freeze()
  await until('Redis counts as away', () => cache.lines.some(({ level }) => level === 'warn'))
  second.thaw()
  await untilItHits(cache)
  assert.ok((await turning()) > 0)
})

/** Two stores for each time to live. In a cluster each knows another node, as processes in several places would. */
function storesOf(redis: () => Promise<readonly TestRedis[]>) {
  const opened = new Map<number, Promise<readonly [AnswerStore, AnswerStore]>>()
  return (ttlMs: number) => {
    const open = (node: TestRedis | undefined) => {
      assert.ok(node)
      return openStore({ after: work => atEnd(scope, work) }, node, ttlMs)
    }
    const stores = opened.get(ttlMs) ?? redis().then(nodes => Promise.all([open(nodes[0]), open(nodes.at(-1))]))
    opened.set(ttlMs, stores)
    return stores
  }
}

function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make()
    return made
  }
}
