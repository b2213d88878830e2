import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Away, newId } from '#kit'
import { quietLog } from '../../test/support/database.ts'
import { patientLink, startRedis, startRedisCluster, type TestRedis, withRedis } from '../../test/support/redis.ts'
import { atEnd, fileScope, type Scope, until } from '../../test/support/server.ts'
import { redisAt } from '../redis/redis-at.ts'
import type { ClusterShare } from './cluster-share.ts'
import { openRedisLoads, type RedisLoads } from './redis-loads.ts'
import { testSharedLoads } from './shared-loads-contract.ts'

const scope = fileScope()
const share: ClusterShare = { cluster: 'a', unanswered: 1, pendingTokens: 10, streaming: 0 }

testSharedLoads(
  'on a Redis',
  withRedis,
  loadsOf(async () => [await startRedis(scope)]),
)
testSharedLoads(
  'on a Redis Cluster',
  withRedis,
  loadsOf(() => startRedisCluster(scope)),
)

test('a Redis that is away is asked in vain, and shares again by itself when it is back', withRedis, async t => {
  const redis = await startRedis(t)
  const [one, other] = await Promise.all([openLoads(t, redis, redisAt), openLoads(t, redis, redisAt)])
  redis.freeze()
  await assert.rejects(one.exchange('ada', [share]), Away)
  const startedAt = performance.now()
  await assert.rejects(one.exchange('ada', [share]), Away)
  assert.ok(performance.now() - startedAt < 200, 'at once, once it is known')
  await redis.kill()
  await redis.start()
  await until('they share again', async () => {
    await one.exchange('ada', [share]).catch(() => {})
    const others = await other.exchange('ben', []).catch(() => undefined)
    return others?.shares.length === 1
  })
})

test('nothing stays in Redis, and a clock of Redis that jumps back revives nobody', withRedis, async t => {
  const redis = await startRedis(t)
  const loads = await openLoads(t, redis)
  await loads.exchange('ada', [share])
  const [key = ''] = String(await redis.send('KEYS', '*1}')).split(',')
  const life = Number(await redis.send('PTTL', key))
  assert.ok(life > 0 && life <= 500)
  const aDayAhead = `${Date.now() + 86_400_000} ${JSON.stringify([share])}`
  while ((await loads.exchange('ben', [])).processes > 1) await wait(5)
  await redis.send('HSET', key, 'ada', aDayAhead)
  assert.deepEqual(await loads.exchange('ben', []), { processes: 1, shares: [] })
  await until('all is gone', async () => String(await redis.send('KEYS', '*')) === '')
})

/** Loads that are connected. */
async function openLoads(t: Scope, { url }: Pick<TestRedis, 'url'>, link = patientLink): Promise<RedisLoads> {
  const loads = openRedisLoads({ openLink: link(url, quietLog), newId })
  atEnd(t, loads.close)
  const isThere = () =>
    loads.exchange('nobody', []).then(
      () => true,
      () => false,
    )
  while (!(await isThere())) await wait(10)
  return loads
}

/** In a cluster each of the two knows another node, as processes in several places would. */
function loadsOf(start: () => Promise<readonly TestRedis[]>) {
  let opened: Promise<[RedisLoads, RedisLoads]> | undefined
  async function open(): Promise<[RedisLoads, RedisLoads]> {
    const nodes = await start()
    const [first, last] = [nodes[0], nodes.at(-1)]
    assert.ok(first && last)
    return Promise.all([openLoads(scope, first), openLoads(scope, last)])
  }
  return () => {
    opened ??= open()
    return opened
  }
}
