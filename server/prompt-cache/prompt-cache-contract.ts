import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Log, newId, systemClock } from '#kit'
import { type AnswerKey, answerKey } from './answer-key.ts'
import type { AnswerStore } from './answer-store.ts'
import type { KeptAnswer } from './kept-answer.ts'
import { cacheOver } from './prompt-cache.ts'

/** For caches whose test is not about Redis: what the cache logs as an error is a bug of ours, and fails whoever met it. */
export const strictLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error(fields, message) {
    throw new Error(message, { cause: fields.error })
  },
}

/** A key that no other test uses. */
export const anyKey = (): AnswerKey =>
  answerKey({
    owner: newId(),
    model: 'm',
    parameters: { maxTokens: 10, temperature: 0.7 },
    policyVersion: '1',
    messages: [{ role: 'user', content: 'Hi' }],
  })

export const anAnswer = (content: string): KeptAnswer => ({
  content,
  finishReason: 'stop',
  servedBy: { cluster: 'a', model: 'm' },
  usage: { inputTokens: 3, cachedTokens: 1, outputTokens: 2 },
})

/**
 * What the cache promises on every store. `open` gives the stores of two processes that share their answers, ready for
 * use; it may give the same again, and closes them when all is over.
 */
export function testPromptCache(
  name: string,
  options: { readonly skip: string | false },
  open: (ttlMs: number) => Promise<readonly [AnswerStore, AnswerStore]>,
): void {
  const never = new AbortController().signal

  const promise = (what: string, check: () => Promise<void>) => test(`${name}: ${what}`, options, check)

  async function twoCaches(ttlMs = 60_000) {
    const [first, second] = await open(ttlMs)
    const common = { clock: systemClock, log: strictLog, newId }
    return [cacheOver({ ...common, store: first }), cacheOver({ ...common, store: second })] as const
  }

  promise('what one process keeps, every process gets, just as it was', async () => {
    const [one, other] = await twoCaches()
    const answers = [
      anAnswer('Hello'),
      anAnswer(''),
      { ...anAnswer('"日本" \ud83d\ude00\n\\ {}'), usage: null },
      { ...anAnswer('cut'), finishReason: 'length' as const },
    ]
    for (const answer of answers) {
      const key = anyKey()
      assert.equal(await one.get(key), undefined)
      await one.put(key, answer, newId())
      assert.deepEqual(await one.get(key), answer)
      assert.deepEqual(await other.get(key), answer)
    }
  })

  promise('a later answer to the same prompt takes the place of the earlier', async () => {
    const [one, other] = await twoCaches()
    const key = anyKey()
    const [earlier, later] = [newId(), newId()]
    await one.put(key, anAnswer('earlier'), earlier)
    await other.put(key, anAnswer('later'), later)
    assert.equal((await one.get(key))?.content, 'later')
    await one.forget(later)
    assert.equal(await other.get(key), undefined)
  })

  promise('an answer is gone after its time to live', async () => {
    const ttlMs = 300
    const [one, other] = await twoCaches(ttlMs)
    const key = anyKey()
    const putAt = performance.now()
    await one.put(key, anAnswer('Hello'), newId())
    const found = await other.get(key)
    if (performance.now() - putAt < ttlMs) assert.ok(found)
    while ((await one.get(key)) !== undefined) {
      assert.ok(performance.now() - putAt < 10 * ttlMs)
      await wait(10)
    }
    assert.equal(await other.get(key), undefined)
  })

  promise('an answer of up to 1 MiB is kept, a longer one is not', async () => {
    const [one] = await twoCaches()
    const [fits, exceeds] = [anyKey(), anyKey()]
    await one.put(fits, anAnswer('ü'.repeat(524_288)), newId())
    await one.put(exceeds, anAnswer(`${'ü'.repeat(524_288)}.`), newId())
    assert.equal((await one.get(fits))?.content.length, 524_288)
    assert.equal(await one.get(exceeds), undefined)
  })

  promise(
    'no answer of a forgotten conversation is given by anybody, earlier or later ones, and others stay',
    async () => {
      const [one, other] = await twoCaches()
      const [forgotten, kept] = [newId(), newId()]
      const [first, second, later, foreign] = [anyKey(), anyKey(), anyKey(), anyKey()]
      await one.put(first, anAnswer('1'), forgotten)
      await other.put(second, anAnswer('2'), forgotten)
      await one.put(foreign, anAnswer('3'), kept)
      await one.forget(forgotten)
      await other.put(later, anAnswer('4'), forgotten)
      for (const cache of [one, other]) {
        assert.deepEqual(await Promise.all([first, second, later].map(cache.get)), [undefined, undefined, undefined])
        assert.equal((await cache.get(foreign))?.content, '3')
      }
      await other.put(first, anAnswer('5'), kept)
      assert.equal((await one.get(first))?.content, '5')
    },
  )

  promise('an answer whose conversation is forgotten while it is put is not given either', async () => {
    const [one, other] = await twoCaches()
    const rounds = Array.from({ length: 50 }, async (_, round) => {
      const [key, conversationId] = [anyKey(), newId()]
      const put = one.put(key, anAnswer('Hello'), conversationId)
      if (round % 2 === 0) await one.get(anyKey()) // about half a put later
      await other.forget(conversationId)
      assert.equal(await other.get(key), undefined)
      await put
      assert.equal(await other.get(key), undefined)
      assert.equal(await one.get(key), undefined)
    })
    await Promise.all(rounds)
  })

  promise('of two that claim, one makes the answer and the other gets it', async () => {
    const [one, other] = await twoCaches()
    const key = anyKey()
    const claim = await one.claim(key, never)
    assert.ok(claim.kind === 'claimed')
    const waiting = other.claim(key, never)
    await one.put(key, anAnswer('Hello'), newId())
    await claim.release()
    assert.deepEqual(await waiting, { kind: 'answered', answer: anAnswer('Hello') })
    assert.equal((await one.claim(key, never)).kind, 'answered')
  })

  promise('who waits for an answer gets the claim as soon as its maker gives up', async () => {
    const [one, other] = await twoCaches()
    const key = anyKey()
    const claim = await one.claim(key, never)
    assert.ok(claim.kind === 'claimed')
    const startedAt = performance.now()
    const waiting = other.claim(key, never)
    await claim.release()
    const next = await waiting
    assert.ok(performance.now() - startedAt < 1_000)
    assert.ok(next.kind === 'claimed')
    await claim.release() // a second time, when it is the other's
    const late = AbortSignal.abort()
    assert.equal((await one.claim(key, late)).kind, 'claimed', 'an abort grants what somebody else holds')
    await next.release()
  })

  promise('an abort ends the wait for an answer at once', async () => {
    const [one, other] = await twoCaches()
    const key = anyKey()
    const claim = await one.claim(key, never)
    const stop = new AbortController()
    const waiting = other.claim(key, stop.signal)
    const stoppedAt = performance.now()
    stop.abort()
    assert.equal((await waiting).kind, 'claimed')
    assert.ok(performance.now() - stoppedAt < 1_000)
    if (claim.kind === 'claimed') await claim.release()
  })

  promise('a lease is its holder’s alone, ends with its time, and lasts on when it is renewed', async () => {
    const [one, other] = await open(60_000)
    const [left, renewed] = [anyKey(), anyKey()]
    assert.ok(await one.acquire(renewed, 'a', 200))
    assert.ok(await one.renew(renewed, 'a', 60_000))
    assert.ok(!(await other.renew(renewed, 'b', 60_000)))
    await other.release(renewed, 'b')
    const leftAt = performance.now()
    assert.ok(await one.acquire(left, 'a', 200))
    while (!(await other.acquire(left, 'b', 60_000))) {
      assert.ok(performance.now() - leftAt < 5_000)
      await wait(10)
    }
    assert.ok(!(await one.renew(left, 'a', 60_000)), 'what was lost is not renewed')
    await one.release(left, 'a')
    assert.ok(!(await one.acquire(left, 'a', 60_000)), 'nor can it be released')
    assert.ok(!(await other.acquire(renewed, 'b', 60_000)), 'the renewed one outlived its first term')
    await one.release(renewed, 'a')
    assert.ok(await other.acquire(renewed, 'b', 60_000))
  })
}
