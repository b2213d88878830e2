import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBreaker } from './breaker.ts'
import { createLearnedLoad } from './learned-load.ts'
import { outlookOf } from './outlook.ts'

const demand = { promptTokens: 100, blocks: [], tokensPerBlock: 128, outputTokens: 10 }

const prior = { first: { intercept: 0, slope: 1 }, gap: { intercept: 1, slope: 0 } }

/** One that has answered so often, each time within a second. */
function cluster({ capacity, answers = 0 }: { readonly capacity?: number; readonly answers?: number }) {
  const load = createLearnedLoad()
  for (let answer = 0; answer < answers; answer++) {
    const dispatch = load.dispatch(demand, 0, 1_000, prior)
    dispatch.firstToken(1_000)
    dispatch.end(1_000, { failed: false })
  }
  return { name: 'a', load, breaker: createBreaker(() => 0.5, 0), capacity, weight: 1 }
}

test('places are those of the clusters, without what other processes have there', () => {
  const [one, other] = [cluster({ capacity: 4 }), cluster({ capacity: 2 })]
  one.load.dispatch(demand, 0, 0, prior)
  one.load.heard({ unanswered: 1, pendingTokens: 10, streaming: 1 }, 0)
  assert.partialDeepStrictEqual(outlookOf([one, other], { promptTokens: 10, outputTokens: 10 }, prior, 0), {
    slots: 4,
    free: 3,
  })
})

test('a cluster without a known limit has endless places', () => {
  const unlimited = outlookOf([cluster({ capacity: 1 }), cluster({})], { promptTokens: 10, outputTokens: 10 }, prior, 0)
  assert.partialDeepStrictEqual(unlimited, { slots: Number.POSITIVE_INFINITY, free: Number.POSITIVE_INFINITY })
})

test('a cluster that is out for long counts only where all are', () => {
  const [well, out] = [cluster({ capacity: 4 }), cluster({ capacity: 8 })]
  out.breaker.failed('misconfigured', 0)
  assert.equal(outlookOf([well, out], { promptTokens: 10, outputTokens: 10 }, prior, 1).slots, 4)
  assert.equal(outlookOf([out], { promptTokens: 10, outputTokens: 10 }, prior, 1).slots, 8)
})

test('a cluster that is out for a moment, or proves well just now, is expected back, and has no room before', () => {
  const expected = { promptTokens: 10, outputTokens: 10 }
  const [busy, out] = [cluster({ capacity: 4 }), cluster({})]
  busy.breaker.failed('busy', 0, 9_000)
  out.breaker.failed('unreachable', 0)
  const { slots, free, busyForMs } = outlookOf([busy, out], expected, prior, 0)
  assert.deepEqual({ slots, free }, { slots: Number.POSITIVE_INFINITY, free: 0 })
  assert.ok(busyForMs > 0 && busyForMs < 2_000, `${busyForMs}`)
  out.breaker.dispatched(2_000)
  assert.equal(out.breaker.state(2_000), 'open')
  const proving = outlookOf([busy, out], expected, prior, 2_000)
  assert.partialDeepStrictEqual(proving, { slots: Number.POSITIVE_INFINITY, free: 0, busyForMs: 0 })
  out.breaker.seen(false, 2_000)
  assert.partialDeepStrictEqual(outlookOf([busy, out], expected, prior, 2_000), { slots: 4, busyForMs: 7_000 })
})

test('the pause is that of the first to be over, and there is none while one cluster has none', () => {
  const [one, other] = [cluster({ capacity: 4 }), cluster({ capacity: 4 })]
  one.breaker.failed('busy', 0, 9_000)
  assert.partialDeepStrictEqual(outlookOf([one, other], { promptTokens: 10, outputTokens: 10 }, prior, 0), {
    free: 4,
    busyForMs: 0,
  })
  other.breaker.failed('busy', 0, 4_000)
  assert.partialDeepStrictEqual(outlookOf([one, other], { promptTokens: 10, outputTokens: 10 }, prior, 0), {
    free: 0,
    busyForMs: 4_000,
  })
})

test('the first token is predicted once all are known; those who wait for one make it later', () => {
  const known = cluster({ capacity: 4, answers: 5 })
  assert.equal(
    outlookOf([known, cluster({ capacity: 4 })], { promptTokens: 10, outputTokens: 10 }, prior, 0).firstTokenMs,
    undefined,
  )
  const before = outlookOf([known], { promptTokens: 100, outputTokens: 10 }, prior, 0)
  assert.equal(before.firstTokenMs, before.aloneMs)
  known.load.dispatch(demand, 0, 0, prior)
  const beside = outlookOf([known], { promptTokens: 100, outputTokens: 10 }, prior, 0)
  assert.ok((beside.firstTokenMs ?? 0) > before.aloneMs)
  assert.equal(beside.aloneMs, before.aloneMs)
})

test('what a cluster without a known limit has to read counts once somebody has waited there for long', () => {
  const [limited, unlimited] = [cluster({ capacity: 4, answers: 5 }), cluster({ answers: 5 })]
  const firstTokenMs = (one: typeof limited, now: number) =>
    outlookOf([one], { promptTokens: 10, outputTokens: 10 }, prior, now).firstTokenMs ?? 0
  const [limitedBefore, unlimitedBefore] = [firstTokenMs(limited, 0), firstTokenMs(unlimited, 0)]
  for (const { load } of [limited, unlimited]) load.dispatch({ ...demand, promptTokens: 40_000 }, 0, 0, prior)
  assert.ok(firstTokenMs(limited, 1_000) > limitedBefore + 5_000)
  assert.equal(firstTokenMs(unlimited, 1_000), unlimitedBefore)
  assert.ok(firstTokenMs(unlimited, 3_000) > unlimitedBefore + 5_000)
})

test('the first token is that of a cluster with room, while there is one', () => {
  const [full, open] = [cluster({ capacity: 1, answers: 5 }), cluster({ capacity: 4, answers: 5 })]
  full.load.dispatch(demand, 0, 0, prior)
  open.load.dispatch({ ...demand, promptTokens: 1_000 }, 0, 0, prior)
  const beside = outlookOf([full, open], { promptTokens: 100, outputTokens: 10 }, prior, 0)
  assert.ok((beside.firstTokenMs ?? 0) > 2 * beside.aloneMs)
})

test('a place is held for as long as an answer takes when all are taken, and the prompts of all beside it', () => {
  const held = (capacity: number) =>
    outlookOf([cluster({ capacity, answers: 5 })], { promptTokens: 100, outputTokens: 10 }, prior, 0).heldMs
  assert.ok(held(8) > 4 * held(1))
  assert.equal(outlookOf([cluster({ answers: 5 })], { promptTokens: 100, outputTokens: 10 }, prior, 0).heldMs, 0)
})
