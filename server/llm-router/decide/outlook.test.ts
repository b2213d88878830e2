import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBreaker } from './breaker.ts'
import { createClusterLoad } from './cluster-load.ts'
import { outlookOf } from './outlook.ts'

const demand = { promptTokens: 100, blocks: [], tokensPerBlock: 128, outputTokens: 10 }

const prior = { first: { intercept: 0, slope: 1 }, gap: { intercept: 1, slope: 0 } }

/** One that has answered so often, each time within a second. */
function cluster({ capacity, answers = 0 }: { readonly capacity?: number; readonly answers?: number }) {
  const load = createClusterLoad()
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
  assert.partialDeepStrictEqual(outlookOf([one, other], 10, prior, 0), { slots: 4, free: 3 })
})

test('a cluster without a known limit has endless places', () => {
  const unlimited = outlookOf([cluster({ capacity: 1 }), cluster({})], 10, prior, 0)
  assert.partialDeepStrictEqual(unlimited, { slots: Number.POSITIVE_INFINITY, free: Number.POSITIVE_INFINITY })
})

test('a cluster that is out counts only where all are', () => {
  const [well, out] = [cluster({ capacity: 4 }), cluster({ capacity: 8 })]
  out.breaker.failed('unreachable', 0)
  assert.equal(outlookOf([well, out], 10, prior, 1).slots, 4)
  assert.equal(outlookOf([out], 10, prior, 1).slots, 8)
})

test('the pause is that of the first to be over, and there is none while one cluster has none', () => {
  const [one, other] = [cluster({ capacity: 4 }), cluster({ capacity: 4 })]
  one.breaker.failed('busy', 0, 9_000)
  assert.partialDeepStrictEqual(outlookOf([one, other], 10, prior, 0), { free: 4, busyForMs: 0 })
  other.breaker.failed('busy', 0, 4_000)
  assert.partialDeepStrictEqual(outlookOf([one, other], 10, prior, 0), { free: 0, busyForMs: 4_000 })
})

test('the first token is predicted once all are known; those who wait for one make it later', () => {
  const known = cluster({ capacity: 4, answers: 5 })
  assert.equal(outlookOf([known, cluster({ capacity: 4 })], 10, prior, 0).firstTokenMs, undefined)
  const before = outlookOf([known], 100, prior, 0)
  assert.equal(before.firstTokenMs, before.aloneMs)
  known.load.dispatch(demand, 0, 0, prior)
  const beside = outlookOf([known], 100, prior, 0)
  assert.ok((beside.firstTokenMs ?? 0) > before.aloneMs)
  assert.equal(beside.aloneMs, before.aloneMs)
})
