import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { newId } from '#kit'
import { prepareRedis, redisPassword, startRedis, withRedis } from '../../test/support/redis.ts'
import { inTime, keepTurning, type Line, openCache, turn, untilItHits } from '../../test/support/redis-cache.ts'
import { until } from '../../test/support/server.ts'
import { anAnswer, anyKey } from './prompt-cache-contract.ts'

test('a process that was busy itself does not take its Redis for away', withRedis, async t => {
  const redis = await startRedis(t)
  const cache = openCache(t, redis)
  await untilItHits(cache)
  const asked = cache.get(anyKey())
  await new Promise(setImmediate) // it is sent
  for (const startedAt = performance.now(); performance.now() - startedAt < 300; );
  await asked
  await new Promise(setImmediate) // what is to be told is told
  assert.ok(!cache.lines.some(({ level }) => level === 'warn'))
})

// Most of each is waiting for a pause to end.
describe('a Redis that goes away', { ...withRedis, concurrency: 4 }, () => {
  test('a Redis that is stopped, goes on, dies and starts again fails no call and delays none', async t => {
    const redis = await startRedis(t)
    const cache = openCache(t, redis)
    await untilItHits(cache)
    const turning = keepTurning(t, cache)
    redis.freeze()
    await until('a miss', async () => !(await turn(cache)))
    redis.thaw()
    await untilItHits(cache)
    await redis.kill()
    await until('a miss', async () => !(await turn(cache)))
    await redis.start()
    await untilItHits(cache)
    assert.ok((await turning()) > 0)
    assert.ok(cache.lines.length >= 5)
    assertChangesOnly(cache.lines, 'info')
  })

  test('a start without Redis is a start: one warning, no answers, and all is well once it is there', async t => {
    const redis = await prepareRedis(t)
    const cache = openCache(t, redis)
    await until('it has noticed', () => cache.lines.length > 0)
    for (let turns = 0; turns < 10; turns++) assert.ok(!(await turn(cache)))
    await redis.start()
    await untilItHits(cache)
    assertChangesOnly(cache.lines, 'warn')
  })

  test('a refusal by Redis is named in the log, and no log shows a password, a key or an answer', async t => {
    const redis = await startRedis(t)
    const stranger = openCache(t, { url: redis.url.replace('tester:', 'stranger:') })
    const cache = openCache(t, redis)
    await until('it has noticed', () => stranger.lines.length > 0)
    await untilItHits(cache)
    await redis.send('CONFIG', 'SET', 'maxmemory', '1')
    const key = anyKey()
    await until('it was refused', async () => {
      await cache.put(key, anAnswer('canary'), newId())
      return cache.lines.some(({ fields }) => fields.refusal === 'OOM')
    })
    assert.equal(stranger.lines[0]?.fields.refusal, 'WRONGPASS')
    const told = inspect([stranger.lines, cache.lines], { depth: null })
    for (const secret of [redisPassword, encodeURIComponent(redisPassword), key, 'canary'])
      assert.ok(!told.includes(secret))
  })

  test('the cache closes at once while Redis is stopped, also one that is just connecting', async t => {
    const redis = await startRedis(t)
    const connected = openCache(t, redis)
    await untilItHits(connected)
    redis.freeze()
    const connecting = openCache(t, redis)
    const asked = connected.get(anyKey())
    await inTime(() => connected.close())
    await inTime(() => connecting.close())
    assert.equal(await asked, undefined)
  })

  test('a cache that is closed at any moment of its start leaves no connection behind', async t => {
    const redis = await startRedis(t)
    for (let round = 0; round < 30; round++) {
      const cache = openCache(t, redis)
      for (let ticks = 0; ticks < round; ticks++) await new Promise(setImmediate)
      await cache.close()
    }
    // The one that is left is that of the test itself, which asks.
    await until(
      'all are gone',
      async () =>
        String(await redis.send('CLIENT', 'LIST'))
          .trim()
          .split('\n').length === 1,
    )
  })

  test('a conversation forgotten while Redis is away is forgotten by everybody once it is back', async t => {
    const redis = await startRedis(t)
    const [one, other] = [openCache(t, redis), openCache(t, redis)]
    await Promise.all([one, other].map(untilItHits))
    const [key, conversationId] = [anyKey(), newId()]
    await until('it is kept', async () => {
      await one.put(key, anAnswer('Hello'), conversationId)
      return other.get(key)
    })
    redis.freeze()
    await one.get(key) // from here on nothing is even sent
    await one.forget(conversationId)
    redis.thaw()
    await until('the one is back', async () => {
      assert.equal(await one.get(key), undefined)
      return turn(one)
    })
    await until('the other knows', async () => (await turn(other)) && (await other.get(key)) === undefined)
  })

  test('a Redis that has lost its memory is told again what was forgotten', async t => {
    const redis = await startRedis(t)
    const [one, other] = [openCache(t, redis), openCache(t, redis)]
    await Promise.all([one, other].map(untilItHits))
    const [key, conversationId] = [anyKey(), newId()]
    await one.forget(conversationId)
    await redis.kill()
    await redis.start()
    await until('it was told', () => redis.send('KEYS', `*${conversationId}*`).then(keys => String(keys) !== ''))
    await untilItHits(other)
    await other.put(key, anAnswer('Hello'), conversationId)
    assert.equal(await other.get(key), undefined)
  })
})

/** Now and then a busy machine makes a Redis look away; but a line that tells no change must not be. */
function assertChangesOnly(lines: readonly Line[], first: Line['level']): void {
  const levels = lines.map(({ level }) => level)
  assert.equal(levels[0], first)
  for (const [index, level] of levels.entries()) assert.ok(level !== 'error' && level !== levels[index - 1], level)
}
