import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, systemClock } from '#kit'
import { startHub } from '../../test/support/hub.ts'
import { fileScope } from '../../test/support/server.ts'
import { createHandClock } from '../gateway/limits/hand-clock.ts'
import { createHubAnswers } from './hub-answers.ts'
import { createPromptCache } from './index.ts'
import { createMemoryAnswers } from './memory-answers.ts'
import { cacheOver } from './prompt-cache.ts'
import { anAnswer, anyKey, strictLog, testPromptCache } from './prompt-cache-contract.ts'

testPromptCache('in memory', { skip: false }, async ttlMs => {
  const store = createMemoryAnswers({ ttlMs, clock: systemClock })
  return [store, store]
})

const scope = fileScope()
const hubs = new Map<number, ReturnType<typeof startHub>>()
testPromptCache('in the hub', { skip: false }, async ttlMs => {
  const hub = hubs.get(ttlMs) ?? startHub(scope, strictLog, ttlMs)
  hubs.set(ttlMs, hub)
  const { line } = await hub
  return [createHubAnswers(line), createHubAnswers(line)]
})

test('an answer in memory lives exactly as long as was asked for, read or not', async () => {
  const clock = createHandClock()
  const cache = createPromptCache({ redis: undefined, hub: undefined, ttlMs: 3_600_000, clock, log: strictLog, newId })
  const key = anyKey()
  await cache.put(key, anAnswer('Hello'), newId())
  clock.pass(3_599_999)
  assert.ok(await cache.get(key))
  clock.pass(1)
  assert.equal(await cache.get(key), undefined)
})

test('a conversation stays forgotten until its longest turn has ended, however short answers live', async () => {
  const clock = createHandClock()
  const cache = createPromptCache({ redis: undefined, hub: undefined, ttlMs: 1_000, clock, log: strictLog, newId })
  const conversationId = newId()
  await cache.forget(conversationId)
  clock.pass(600_000)
  const key = anyKey()
  await cache.put(key, anAnswer('Hello'), conversationId)
  assert.equal(await cache.get(key), undefined)
})

test('answers in memory take 64 MiB together; the longest unused make room', async () => {
  const cache = createPromptCache({
    redis: undefined,
    hub: undefined,
    ttlMs: 60_000,
    clock: createHandClock(),
    log: strictLog,
    newId,
  })
  const conversationId = newId()
  const put = async () => {
    const key = anyKey()
    await cache.put(key, anAnswer('x'.repeat(510_000)), conversationId)
    return key
  }
  const [used, unused] = [await put(), await put()]
  const others = []
  for (let count = 2; count < 65; count++) others.push(await put())
  assert.ok(await cache.get(used))
  others.push(await put())
  assert.equal(await cache.get(unused), undefined)
  assert.ok(await cache.get(used))
  const found = await Promise.all(others.map(cache.get))
  assert.ok(found.every(answer => answer !== undefined))
})

test('an answer in memory that is put again takes its room once', async () => {
  const cache = createPromptCache({
    redis: undefined,
    hub: undefined,
    ttlMs: 60_000,
    clock: createHandClock(),
    log: strictLog,
    newId,
  })
  const [once, again] = [anyKey(), anyKey()]
  await cache.put(once, anAnswer('Hello'), newId())
  for (let count = 0; count < 100; count++) await cache.put(again, anAnswer('x'.repeat(510_000)), newId())
  assert.ok(await cache.get(once))
})

test('a claim lasts for as long as its answer takes, and no longer than its process', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const clock = createHandClock()
  const store = createMemoryAnswers({ ttlMs: 60_000, clock })
  const cache = cacheOver({ store, clock, log: strictLog, newId })
  const key = anyKey()
  await cache.claim(key, new AbortController().signal)
  for (let seconds = 0; seconds < 100; seconds++) {
    clock.pass(1_000)
    t.mock.timers.tick(1_000)
    await store.read(key) // what the tick began is done
    assert.ok(!(await store.acquire(key, 'another', 1)))
  }
  await cache.close()
  clock.pass(1_000)
  t.mock.timers.tick(1_000)
  clock.pass(2_000)
  assert.ok(await store.acquire(key, 'another', 1))
})

test('nobody waits for another’s answer for longer than 2 s', async () => {
  const clock = createHandClock()
  const store = createMemoryAnswers({ ttlMs: 60_000, clock })
  const cache = cacheOver({ store, clock, log: strictLog, newId })
  const key = anyKey()
  await store.acquire(key, 'another', 60_000)
  const waiting = cache.claim(key, new AbortController().signal)
  clock.pass(2_000)
  const startedAt = performance.now()
  assert.equal((await waiting).kind, 'claimed')
  assert.ok(performance.now() - startedAt < 1_000)
  assert.ok(!(await store.acquire(key, 'third', 60_000)), 'the lease stays its holder’s')
})
