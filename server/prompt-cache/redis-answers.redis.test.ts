import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kit'
import { startRedis, type TestRedis, withRedis } from '../../test/support/redis.ts'
import { openStore } from '../../test/support/redis-cache.ts'
import { fileScope } from '../../test/support/server.ts'
import { anAnswer, anyKey } from './prompt-cache-contract.ts'

const scope = fileScope()
const ttlMs = 60_000
let started: Promise<TestRedis> | undefined

function redisOfFile(): Promise<TestRedis> {
  started ??= startRedis(scope)
  return started
}

const entryOf = (key: string) => `parley:answers:1:{${key}}`
const written = (conversationId: string) => JSON.stringify({ conversationId, answer: anAnswer('Hello') })

test('an answer that reaches Redis after its conversation was forgotten is a miss', withRedis, async t => {
  const redis = await redisOfFile()
  const [store, other] = [await openStore(t, redis, ttlMs), await openStore(t, redis, ttlMs)]
  const [key, conversationId] = [anyKey(), newId()]
  await store.write(key, anAnswer('Hello'), conversationId)
  await other.forget(conversationId)
  await redis.send('SET', entryOf(key), written(conversationId))
  assert.equal(await store.read(key), undefined)
})

test('an answer whose conversation is forgotten while it is written does not stay in Redis', withRedis, async t => {
  const redis = await redisOfFile()
  const other = await openStore(t, redis, ttlMs)
  const [key, conversationId] = [anyKey(), newId()]
  const store = await openStore(t, redis, ttlMs, async ([command, ...rest]) => {
    if (command === 'EVAL' && rest.includes(key)) await other.forget(conversationId) // listed, and not yet written
  })
  await store.write(key, anAnswer('Hello'), conversationId)
  assert.equal(await redis.send('EXISTS', entryOf(key)), 0)
})

test('an answer whose conversation is forgotten while it is read is not given', withRedis, async t => {
  const redis = await redisOfFile()
  const [key, conversationId] = [anyKey(), newId()]
  const store = await openStore(t, redis, ttlMs, ([command]) => {
    if (command === 'SISMEMBER' && reading) void store.forget(conversationId)
  })
  let reading = false
  await store.write(key, anAnswer('Hello'), conversationId)
  assert.ok(await store.read(key))
  reading = true
  assert.equal(await store.read(key), undefined)
})

test('what others wrote in the place of an answer is a miss', withRedis, async t => {
  const redis = await redisOfFile()
  const store = await openStore(t, redis, ttlMs)
  const [key, conversationId] = [anyKey(), newId()]
  await store.write(key, anAnswer('Hello'), conversationId)
  const whole = written(conversationId)
  for (const text of [
    '',
    'null',
    '[]',
    whole.slice(0, -1),
    whole.replace('"Hello"', '1'),
    whole.replace('stop', 'x'),
  ]) {
    await redis.send('SET', entryOf(key), text)
    assert.equal(await store.read(key), undefined)
  }
  await redis.send('SET', entryOf(key), whole)
  assert.deepEqual(await store.read(key), anAnswer('Hello'))
})

test('nothing stays in Redis for ever, and of a forgotten conversation only that it was', withRedis, async t => {
  const redis = await redisOfFile()
  const store = await openStore(t, redis, ttlMs)
  await redis.send('FLUSHALL') // what other tests planted
  const [key, conversationId] = [anyKey(), newId()]
  await store.write(key, anAnswer('Hello'), conversationId)
  await store.acquire(key, 'holder', ttlMs)
  const find = async (part: string) =>
    String(await redis.send('KEYS', `*${part}*`))
      .split(',')
      .sort()
  const [entry, index] = [entryOf(key), entryOf(conversationId)]
  assert.deepEqual([...(await find(key)), ...(await find(conversationId))], [entry, `${entry}:lease`, `${index}:keys`])
  await store.forget(conversationId)
  await store.release(key, 'holder')
  assert.deepEqual([...(await find(key)), ...(await find(conversationId))], ['', `${index}:forgotten`])
  await store.write(key, anAnswer('Hello'), newId())
  for (const each of await find('')) {
    const lifeMs = Number(await redis.send('PTTL', each))
    assert.ok(lifeMs > 0 || !(await redis.send('EXISTS', each)), each)
    assert.ok(lifeMs <= (each.endsWith('forgotten') ? 900_000 : ttlMs), each)
  }
})
