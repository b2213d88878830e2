import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policies } from './policies.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import { simulateOnce } from './simulate-once.ts'

const named = (name: string): Scenario => {
  const scenario = scenarios.find(known => known.name === name)
  assert.ok(scenario)
  return { ...scenario, durationMs: 60_000 }
}
const play = (name: string, policy: string, seed: number) =>
  simulateOnce(named(name), policies[policy] ?? assert.fail(policy), seed, '')

test('the same seed gives the same result, another seed another', () => {
  const first = play('flapping', 'predicted_cost', 1)
  assert.deepEqual(play('flapping', 'predicted_cost', 1), first)
  assert.notDeepEqual(play('flapping', 'predicted_cost', 2), first)
})

test('every policy is asked the same', () => {
  const asked = (policy: string) =>
    play('homogeneous', policy, 3)
      .map(({ askedAt, promptTokens, user }) => [askedAt, promptTokens, user])
      .sort(([a = 0], [b = 0]) => a - b)
  assert.deepEqual(asked('round_robin'), asked('predicted_cost'))
})

test('every request ends exactly once, whatever befalls the clusters, and no engine writes more than was asked for', () => {
  const sent = play('homogeneous', 'round_robin', 4).length
  assert.ok(sent > 500)
  for (const fault of ['black-hole', 'flapping', 'errors', 'leaving']) {
    const outcomes = play(fault, 'predicted_cost', 4)
    const keys = outcomes.map(({ askedAt, user, promptTokens }) => `${askedAt} ${user} ${promptTokens}`)
    assert.equal(new Set(keys).size, outcomes.length, fault)
    for (const { ending, askedAt, firstAt, endedAt } of outcomes) {
      assert.ok(endedAt >= (firstAt ?? askedAt))
      if (ending === 'done') assert.ok(firstAt !== undefined && firstAt > askedAt)
    }
  }
})

test('readers who leave are the only ones without a whole answer where nothing fails', () => {
  const endings = new Set(play('leaving', 'predicted_cost', 5).map(({ ending }) => ending))
  assert.deepEqual(endings, new Set(['done', 'left']))
})

test('who comes to a full line is refused at once and told when to come again; all others are answered', () => {
  const outcomes = play('triple-overload', 'predicted_cost', 6)
  const refused = outcomes.filter(({ ending }) => ending === 'refused')
  assert.ok(refused.length > 100)
  for (const { askedAt, endedAt, retryAfterMs = 0 } of refused) {
    assert.equal(endedAt, askedAt)
    assert.ok(retryAfterMs > 999)
  }
  assert.ok(outcomes.every(({ ending }) => ending === 'done' || ending === 'refused'))
})
