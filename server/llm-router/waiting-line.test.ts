import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isFault } from '#kit'
import type { Asking } from '#llm-router'
import { ailingModel, answers, answerTo, type Behaviour, refuses, resets } from '../../test/support/ailing-cluster.ts'
import { hi } from '../../test/support/cluster-under-test.ts'
import { asking, generate, lastOnes, type Outcome, startPair, startRouted } from '../../test/support/routed-clusters.ts'
import { until } from '../../test/support/server.ts'
import type { GenerationEvent } from './generation-event.ts'

const dispatched = (cluster: string) => ({ type: 'dispatched', cluster, model: ailingModel })
const givenUp = { type: 'given_up' }
const wholeAnswer = [
  { type: 'text', text: answerTo('Hi') },
  { type: 'usage', inputTokens: 7, cachedTokens: 0, outputTokens: 3 },
  { type: 'end', finishReason: 'stop' },
]

function assertWhole({ events, thrown }: Outcome, ...before: readonly object[]): void {
  assert.equal(thrown, undefined)
  assert.deepEqual(events, [...before, ...wholeAnswer])
}

function assertOverloaded(thrown: unknown): number {
  assert.ok(isFault(thrown) && thrown.code === 'overloaded', String(thrown))
  return thrown.retryAfterMs ?? 0
}

suite('waiting in line', { concurrency: true }, () => {
  test('when all are busy, the caller is told the shortest wait, and until then nobody is asked', async context => {
    const busyFor = (seconds: number) => refuses(429, {}, { 'retry-after': String(seconds) })
    const routed = await startRouted(context, [busyFor(39), busyFor(34), busyFor(37)])
    const { events, thrown } = await generate(routed)
    const waitMs = assertOverloaded(thrown)
    assert.ok(waitMs > 33_000 && waitMs <= 34_000, `${waitMs} ms`)
    assert.deepEqual(events, [dispatched('a'), givenUp, dispatched('b'), givenUp, dispatched('c')])

    assertOverloaded((await generate(routed)).thrown)
    routed.pass(34_001)
    for (const cluster of routed.clusters) cluster.behaviour = answers
    assertWhole(await generate(routed), dispatched('b'))
  })

  test('one that turns out busy while another already is: whoever is free first is waited for, and the place told', async context => {
    const routed = await startPair(context, refuses(429, {}, { 'retry-after': '4' }))
    assertWhole(await generate(routed), dispatched('a'), givenUp, dispatched('b'))
    routed.b.behaviour = refuses(429, {}, { 'retry-after': '30' })
    routed.a.behaviour = answers
    const on = ({ type }: GenerationEvent) => type === 'queued' && routed.pass(4_001)
    const { events, thrown } = await generate(routed, { on })
    const queued = events.find(({ type }) => type === 'queued')
    assert.ok(queued?.type === 'queued' && queued.position === 1 && queued.waitMs > 2_000 && queued.waitMs <= 4_000)
    assertWhole({ events, thrown }, dispatched('b'), givenUp, queued, dispatched('a'))
  })

  test('one whose cluster fails while the others are full waits until they have room, and so does who comes then', async context => {
    const held: (() => void)[] = []
    const routed = await startPair(context, resets, { capacity: 1 })
    routed.b.behaviour = (...call) => held.push(() => answers(...call))
    const first = generate(routed, { name: lastOnes })
    await until('the other is full', () => held.length === 1)
    let waiting = 0
    const on = ({ type }: GenerationEvent) => {
      waiting += type === 'queued' ? 1 : 0
    }
    const hurt = generate(routed, { anyway: true, on })
    await until('it waits', () => waiting === 1)
    routed.a.behaviour = refuses(500)
    const later = generate(routed, { anyway: true, on })
    await until('both wait', () => waiting >= 2)
    routed.b.behaviour = answers
    held[0]?.()
    for (const outcome of await Promise.all([first, hurt, later])) {
      assert.equal(outcome.thrown, undefined)
      assert.ok(outcome.events.some(({ type }) => type === 'end'))
    }
  })

  test('when a cluster with many requests dies while the other is full, all of them are answered in their turn', async context => {
    const held: (() => void)[] = []
    const hold: Behaviour = (...call) => held.push(() => answers(...call))
    const routed = await startPair(context, hold, { capacity: 12 })
    routed.b.behaviour = hold
    const outcomes = Array.from({ length: 24 }, () => generate(routed, { anyway: true }))
    await until('both are full', () => held.length === 24)
    await routed.a.kill()
    await until('those of the dead one wait', () => routed.router.waiting === 12)
    routed.b.behaviour = answers
    for (const answer of held) answer()
    for (const { thrown } of await Promise.all(outcomes)) assert.equal(thrown, undefined)
  })

  test('who has to wait a second time takes no more than one place', async context => {
    const program: Asking = { ...asking, userId: 'program', class: 'default' }
    const routed = await startRouted(context, [refuses(429, {}, { 'retry-after': '4' })], { capacity: 1 })
    const on = ({ type }: GenerationEvent) => {
      if (type !== 'queued') return
      for (const cluster of routed.clusters) cluster.behaviour = answers
      routed.pass(4_001)
    }
    assert.equal((await generate(routed, { as: program, on })).thrown, undefined)
    assertWhole(await generate(routed), dispatched('a'))
    const signal = AbortSignal.timeout(3_000)
    assertWhole(await generate(routed, { as: program, anyway: true, signal }), dispatched('a'))
  })

  test('of many who come at once to a cluster that takes two, all are answered', async context => {
    let working = 0
    const takesTwo: Behaviour = (...call) => {
      if (working === 2) return refuses(429)(...call)
      working += 1
      setTimeout(() => {
        working -= 1
        answers(...call)
      }, 20)
    }
    const routed = await startRouted(context, [takesTwo])
    const on = ({ type }: GenerationEvent) =>
      type === 'queued' && routed.pass(routed.router.clusters()[0]?.health.restsForMs ?? 0)
    const outcomes = Array.from({ length: 10 }, () => generate(routed, { on }))
    for (const { thrown } of await Promise.all(outcomes)) assert.equal(thrown, undefined)
  })

  test('a cluster that is busy whenever it is asked is waited for no longer than a minute', async context => {
    const routed = await startRouted(context, [refuses(429, {}, { 'retry-after': '8' })])
    let passedMs = 0
    const on = ({ type }: GenerationEvent) => {
      if (type !== 'queued') return
      passedMs += 8_001
      routed.pass(8_001)
    }
    const { events, thrown } = await generate(routed, { on })
    assertOverloaded(thrown)
    assert.ok(events.filter(({ type }) => type === 'dispatched').length > 3)
    assert.ok(passedMs > 52_000 && passedMs < 69_000, `${passedMs} ms`)
  })

  test('an only cluster that takes a minute to begin refuses nobody who comes alone, nor one beside another', async context => {
    const held: (() => void)[] = []
    const routed = await startRouted(context, [(...call) => held.push(() => answers(...call))])
    async function ask(atOnce: number): Promise<void> {
      const outcomes = Array.from({ length: atOnce }, () => generate(routed))
      await until('all are asked', () => held.length === atOnce)
      routed.pass(60_000)
      for (const answer of held.splice(0)) answer()
      for (const { thrown } of await Promise.all(outcomes)) assert.equal(thrown, undefined)
    }
    for (let round = 0; round < 6; round++) await ask(1)
    for (let round = 0; round < 3; round++) await ask(2)
    await ask(1)
  })

  test('who waits in line goes on to wait where the ticket is given back: others may share the answer', async context => {
    const held: (() => void)[] = []
    const hold: Behaviour = (...call) => held.push(() => answers(...call))
    const routed = await startRouted(context, [hold], { capacity: 1 })
    const before = generate(routed)
    await until('the cluster is full', () => held.length === 1)
    const ticket = await routed.router.admitAnyway(ailingModel, asking, new AbortController().signal)
    const types: string[] = []
    const take = (batch: readonly GenerationEvent[]) => types.push(...batch.map(({ type }) => type))
    const generation = routed.router.generate(ticket, hi, take, AbortSignal.timeout(3_000))
    await until('it waits', () => routed.router.waiting === 1)
    ticket.release()
    for (const cluster of routed.clusters) cluster.behaviour = answers
    held[0]?.()
    await generation
    assert.equal(types.at(-1), 'end')
    assert.equal((await before).thrown, undefined)
  })
})
