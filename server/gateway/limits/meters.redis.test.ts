import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { newId, systemClock } from '#kit'
import { quietLog } from '../../../test/support/database.ts'
import { patientLink, startRedis, startRedisCluster, type TestRedis, withRedis } from '../../../test/support/redis.ts'
import { atEnd, fileScope, type Scope } from '../../../test/support/server.ts'
import { redisAt } from '../../redis/redis-at.ts'
import { createMemoryMeters } from './memory-meters.ts'
import type { Meter, Meters } from './meters.ts'
import { testMeters } from './meters-contract.ts'
import { openRedisMeters } from './redis-meters.ts'
import { createSharedMeters } from './shared-meters.ts'

const scope = fileScope()
const meter: Meter = { name: 'messages', perMinute: 1 / 60, burst: 2 }

const server = lazily(async () => [await startRedis(scope)])
testMeters('on a Redis', withRedis, metersOf(server))
testMeters('on a Redis Cluster', withRedis, metersOf(lazily(() => startRedisCluster(scope))))

test('a Redis that is away holds nobody up: each process counts for itself', withRedis, async t => {
  const redis = await startRedis(t)
  const shared = await openMeters(t, redis, redisAt)
  const meters = createSharedMeters({ shared, local: createMemoryMeters(systemClock), log: quietLog })
  const left = async () => (await meters.spend(meter, 'ada')).allowance.remaining
  assert.equal(await left(), 1)
  redis.freeze()
  const startedAt = performance.now()
  assert.deepEqual([await left(), await left()], [1, 0])
  assert.ok(performance.now() - startedAt < 1_000)
  await redis.kill()
  assert.equal((await meters.spend(meter, 'ada')).allowance.allowed, false)
})

test('nothing stays in Redis for ever, and nobody reads in it who it is about', withRedis, async t => {
  const redis = await startRedis(t)
  const meters = await openMeters(t, redis)
  await meters.spend(meter, 'ada@example.com')
  await meters.charge(meter, 'ben@example.com', 1e12)
  const keys = String(await redis.send('KEYS', '*')).split(',')
  assert.ok(keys.length >= 2)
  assert.doesNotMatch(keys.join(), /ada|ben|example/)
  for (const key of keys) assert.ok(Number(await redis.send('PTTL', key)) > 0, key)
})

test('a key goes on from where it was when the clock of Redis jumps back', withRedis, async t => {
  const redis = await startRedis(t)
  const meters = await openMeters(t, redis)
  await meters.spend(meter, 'ada')
  const [key = ''] = String(await redis.send('KEYS', '*messages')).split(',')
  const [rested = 0, written = 0] = String(await redis.send('GET', key))
    .split(' ')
    .map(Number)
  const dayMs = 86_400_000
  await redis.send('SET', key, `${rested + dayMs} ${written + dayMs}`) // as a clock one day ahead would have written it
  assert.equal((await meters.spend(meter, 'ada')).allowance.allowed, true)
  const { allowance } = await meters.spend(meter, 'ada')
  assert.equal(allowance.allowed, false)
  assert.ok(allowance.retryAfterMs <= 3_600_000, 'one unit an hour, and no day longer')
})

/** Meters that are connected. */
async function openMeters(t: Scope, { url }: Pick<TestRedis, 'url'>, link = patientLink): Promise<Meters> {
  const meters = openRedisMeters({ openLink: link(url, quietLog), newId })
  atEnd(t, meters.close)
  while (
    (await meters.charge(meter, 'nobody', 1).then(
      () => true,
      () => false,
    )) === false
  )
    await wait(10)
  return meters
}

/** In a cluster each of the two knows another node, as processes in several places would. */
function metersOf(redis: () => Promise<readonly TestRedis[]>) {
  return lazily(async () => {
    const nodes = await redis()
    const [first, last] = [nodes[0], nodes.at(-1)]
    assert.ok(first && last)
    return Promise.all([openMeters(scope, first), openMeters(scope, last)])
  })
}

function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make()
    return made
  }
}
