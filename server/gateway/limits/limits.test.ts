import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '#kit'
import { limits as section } from '../../config/bounds.ts'
import { createHandClock } from './hand-clock.ts'
import { createLimits, type UserLimits } from './limits.ts'
import { createMemoryMeters } from './memory-meters.ts'

const defaults = section.parse(undefined)
const none: UserLimits = { requestsPerMinute: 0, messagesPerMinute: 0, burst: 0, tokensPerMinute: 0 }

for (const answerMs of [0, 100, 2_000]) {
  test(`with the defaults, 100 messages in a row meet a 429 when an answer takes ${answerMs} ms`, async () => {
    const clock = createHandClock()
    const limits = createLimits(defaults, createMemoryMeters(clock))
    const refusals: number[] = []
    for (let count = 0; count < 100; count++) {
      clock.pass(answerMs)
      refusals.push((await refusalOf(limits.message('ada'))) ? 1 : 0)
    }
    assert.equal(refusals.slice(0, defaults.burst + 1).includes(1), false, 'not before the burst is used up')
    assert.ok(refusals.includes(1))
  })
}

test('with the defaults, eleven messages come at once and twenty a minute for ever', async () => {
  const clock = createHandClock()
  const limits = createLimits(defaults, createMemoryMeters(clock))
  for (let count = 0; count < 11; count++) assert.equal((await limits.message('ada'))?.remaining, 10 - count)
  for (let count = 0; count < 100; count++) {
    assert.ok(await refusalOf(limits.message('ada')))
    clock.pass(3_000)
    await limits.message('ada')
  }
})

test('a burst of 0 allows one message an interval', async () => {
  const limits = createLimits({ ...none, messagesPerMinute: 20 }, createMemoryMeters(createHandClock()))
  await limits.message('ada')
  assert.equal((await refusalOf(limits.message('ada')))?.retryAfterMs, 3_000)
})

test('a refusal names the limit and when to try again', async () => {
  const limits = createLimits(
    { ...none, messagesPerMinute: 20, requestsPerMinute: 300 },
    createMemoryMeters(createHandClock()),
  )
  await limits.message('ada')
  const message = await refusalOf(limits.message('ada'))
  assert.equal(message?.code, 'rate_limited')
  assert.equal(message?.message, 'The limit of 20 messages a minute is reached. Try again in 3 seconds.')
  for (let count = 0; count < 300; count++) await limits.request('ada')
  const request = await refusalOf(limits.request('ada'))
  assert.equal(request?.message, 'The limit of 300 requests a minute is reached. Try again in a second.')
  assert.equal(request?.retryAfterMs, 200)
})

test('token debt refuses messages until it is paid back, and requests never', async () => {
  const clock = createHandClock()
  const limits = createLimits(defaults, createMemoryMeters(clock))
  limits.tokensUsed('ada', 200_000 * 11)
  const refused = await refusalOf(limits.message('ada'))
  assert.equal(refused?.message, 'The limit of 200,000 tokens a minute is reached. Try again in 11 minutes.')
  await limits.request('ada')
  await limits.message('bob')
  clock.pass(600_000)
  assert.equal((await refusalOf(limits.message('ada')))?.retryAfterMs, 1)
  clock.pass(1)
  assert.equal((await limits.message('ada'))?.remaining, 10, 'refused messages were not counted')
})

test('requests do not spend messages, nor messages requests', async () => {
  const limits = createLimits(defaults, createMemoryMeters(createHandClock()))
  for (let count = 0; count < 300; count++) await limits.request('ada')
  assert.equal((await limits.message('ada'))?.remaining, 10)
  await limits.message('bob')
  assert.equal((await limits.request('bob'))?.remaining, 299)
})

test('zero is no limit, each on its own', async () => {
  const limits = createLimits(none, createMemoryMeters(createHandClock()))
  limits.tokensUsed('ada', 1e12)
  for (let count = 0; count < 1_000; count++) {
    assert.equal(await limits.request('ada'), undefined)
    assert.equal(await limits.message('ada'), undefined)
  }
  const onlyTokens = createLimits({ ...none, tokensPerMinute: 10 }, createMemoryMeters(createHandClock()))
  onlyTokens.tokensUsed('ada', 10)
  assert.ok(await refusalOf(onlyTokens.message('ada')))
})

async function refusalOf(spent: Promise<unknown>) {
  try {
    await spent
  } catch (error) {
    if (isFault(error)) return error
    throw error
  }
  return undefined
}
