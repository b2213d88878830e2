import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isFault } from '#kit'
import type { FaultCode } from '#protocol'
import {
  ailingModel,
  answers,
  answerTo,
  type Behaviour,
  breaksAfter,
  openRole,
  refuses,
  reportsError,
  resets,
  stallsAfter,
  staysSilent,
  streams,
  talksGarbage,
} from '../../test/support/ailing-cluster.ts'
import { hi } from '../../test/support/cluster-under-test.ts'
import {
  asking,
  generate,
  lastOnes,
  type Outcome,
  type Routed,
  startPair,
  startRouted,
} from '../../test/support/routed-clusters.ts'
import { until } from '../../test/support/server.ts'
import type { GenerationEvent } from './generation-event.ts'

const dispatched = (cluster: string) => ({ type: 'dispatched', cluster, model: ailingModel })
const text = (content: string) => ({ type: 'text', text: content })
const givenUp = { type: 'given_up' }
const waiting = { type: 'waiting' }
const wholeAnswer = [
  text(answerTo('Hi')),
  { type: 'usage', inputTokens: 7, cachedTokens: 0, outputTokens: 3 },
  { type: 'end', finishReason: 'stop' },
]

function assertWhole({ events, thrown }: Outcome, ...before: readonly object[]): void {
  assert.equal(thrown, undefined)
  assert.deepEqual(events, [...before, ...wholeAnswer])
}

function assertFault(thrown: unknown, code: FaultCode): number | undefined {
  assert.ok(isFault(thrown), String(thrown))
  assert.equal(thrown.code, code)
  assert.doesNotMatch(thrown.message, /secret/)
  return thrown.retryAfterMs
}

/** Of two clusters that take one generation each: both do, and then no more. */
async function assertNothingInFlight(routed: Routed): Promise<void> {
  const held: (() => void)[] = []
  for (const cluster of routed.clusters) cluster.behaviour = (...call) => held.push(() => answers(...call))
  routed.pass(120_000)
  const both = [generate(routed), generate(routed)]
  await until('both are asked', () => held.length === 2)
  let third: GenerationEvent | undefined
  const waiting = generate(routed, {
    anyway: true,
    on(event) {
      third ??= event
    },
  })
  await until('the third tells something', () => third)
  assert.equal(third?.type, 'queued')
  for (const cluster of routed.clusters) cluster.behaviour = answers
  for (const answer of held) answer()
  for (const outcome of await Promise.all([...both, waiting])) assert.equal(outcome.thrown, undefined)
}

/** Undefined: nobody listens. */
const waysToFail: Readonly<Record<string, Behaviour | undefined>> = {
  'refuses the connection': undefined,
  'accepts and stays silent': staysSilent,
  'resets the connection before its headers': resets,
  'answers 500': refuses(500),
  'answers 429 with Retry-After': refuses(429, {}, { 'retry-after': '30' }),
  'answers 429 without': refuses(429),
  'answers 401': refuses(401),
  'answers 404': refuses(404),
  'sends a web page': talksGarbage,
  'sends events that are no completion': streams('data: <html>\n\n'),
  'reports an error inside a 200': reportsError,
  'ends before any text': streams(openRole, openRole),
  'ends at once': streams(),
  'opens its message and breaks off': breaksAfter(openRole),
  'opens its message and stalls': stallsAfter(openRole, openRole),
}

// At once, because some have to wait until patience is over.
suite('fail-over', { concurrency: true }, () => {
  for (const [way, behaviour] of Object.entries(waysToFail)) {
    test(`where a cluster ${way}, the answer comes whole from another, once, and the load of both is counted once`, async context => {
      const routed = await startPair(context, behaviour ?? answers, { capacity: 1 })
      const { a, b } = routed
      if (behaviour === undefined) await a.kill()
      assertWhole(await generate(routed), dispatched('a'), givenUp, dispatched('b'))
      assert.deepEqual([a.asked.length, b.asked.length], [behaviour === undefined ? 0 : 1, 2])
      if (behaviour === undefined) await a.revive()
      await assertNothingInFlight(routed)
    })
  }

  test('a request that is refused for itself is not tried elsewhere', async context => {
    for (const status of [400, 413, 422]) {
      const routed = await startPair(context, refuses(status, { message: 'secret' }))
      const { events, thrown } = await generate(routed)
      assertFault(thrown, 'generation_failed')
      assert.deepEqual(events, [dispatched('a')])
      assert.equal(routed.b.asked.length, 1)
    }
  })

  test('when all are dead, that is told', async context => {
    const routed = await startPair(context, answers)
    await Promise.all(routed.clusters.map(cluster => cluster.kill()))
    const { events, thrown } = await generate(routed)
    assertFault(thrown, 'generation_failed')
    assert.deepEqual(events, [dispatched('a'), givenUp, dispatched('b')])
  })

  test('no more than three are tried', async context => {
    const routed = await startRouted(context, [resets, resets, resets, answers])
    const { events, thrown } = await generate(routed)
    assertFault(thrown, 'generation_failed')
    assert.equal(events.filter(({ type }) => type === 'dispatched').length, 3)
    assertWhole(await generate(routed), dispatched('d'))
  })

  test('a cluster that was out gets no work while it rests, and comes back behind', async context => {
    const routed = await startPair(context, resets)
    await generate(routed)
    routed.a.behaviour = answers
    assertWhole(await generate(routed), dispatched('b'))
    routed.pass(1_100)
    assertWhole(await generate(routed), dispatched('a'))
  })

  test('a cluster that is dead at the start costs nobody an attempt, and gets work soon after it came up', async context => {
    const routed = await startPair(context, answers, { firstIsDead: true })
    assertWhole(await generate(routed), dispatched('b'))
    await routed.a.revive()
    const outcome = await until('the first is asked', async () => {
      const one = await generate(routed)
      return one.events.some(event => event.type === 'dispatched' && event.cluster === 'a') && one
    })
    assertWhole(outcome, dispatched('a'))
  })

  test('an abort ends the attempt with its own reason, and no other cluster is asked', async context => {
    const routed = await startPair(context, staysSilent)
    const abort = new AbortController()
    const generation = generate(routed, { signal: abort.signal })
    await until('it was asked', () => routed.a.asked.length === 1)
    abort.abort('stop')
    assert.equal((await generation).thrown, 'stop')
    assert.equal(routed.b.asked.length, 1)
  })

  test('a model that no cluster serves any more is waited for, and then unavailable, with a word on when to come again', async context => {
    const routed = await startRouted(context, [answers])
    const ticket = routed.router.admit(ailingModel, asking)
    const lost = { ...ticket, model: { ...ticket.model, serves: 'nowhere' } }
    const generation = routed.router.generate(lost, hi, () => {}, new AbortController().signal)
    routed.pass(15_000)
    await assert.rejects(generation, error => (assertFault(error, 'model_unavailable') ?? 0) > 0)
  })

  test('an only cluster is tried again once where a kept connection was closed under the request', async context => {
    const used = new Set<number | undefined>()
    const routed = await startRouted(context, [
      (response, asked) => {
        if (used.has(asked.clientPort)) response.req.socket.destroy()
        else answers(response, asked)
        used.add(asked.clientPort)
      },
    ])
    const retried = await until('a kept connection is used', async () => {
      const outcome = await generate(routed)
      assert.equal(outcome.thrown, undefined)
      return outcome.events.some(({ type }) => type === 'given_up') && outcome
    })
    assertWhole(retried, dispatched('a'), givenUp, dispatched('a'))

    const broken = await startRouted(context, [resets])
    assertFault((await generate(broken)).thrown, 'generation_failed')
    assert.equal(broken.clusters[0]?.asked.length, 2)
  })

  test('an only cluster that is late is waited for, and its readers are told', async context => {
    const held: (() => void)[] = []
    const routed = await startRouted(context, [(...call) => held.push(() => answers(...call))])
    const on = ({ type }: GenerationEvent) => type === 'waiting' && held[0]?.()
    assertWhole(await generate(routed, { on }), dispatched('a'), waiting)
  })

  test('an only cluster has as long as its model is given, is told once to be late, and is not asked twice', async context => {
    const routed = await startRouted(context, [staysSilent], { firstTokenTimeoutMs: 4_200 })
    const startedAt = performance.now()
    const { events, thrown } = await generate(routed)
    assertFault(thrown, 'generation_failed')
    assert.ok(performance.now() - startedAt >= 4_199)
    assert.deepEqual(events, [dispatched('a'), waiting])
    assert.equal(routed.clusters[0]?.asked.length, 1)
  })

  test('a cluster that is late is waited for, too, while the others are full', async context => {
    const held: (() => void)[] = []
    const hold: Behaviour = (...call) => held.push(() => answers(...call))
    const routed = await startPair(context, hold, { capacity: 1 })
    routed.b.behaviour = hold
    const other = generate(routed, { name: lastOnes })
    await until('the other is full', () => held.length === 1)
    const on = ({ type }: GenerationEvent) => type === 'waiting' && held[1]?.()
    assertWhole(await generate(routed, { on }), dispatched('a'), waiting)
    held[0]?.()
    assert.equal((await other).thrown, undefined)
  })

  test('what the taker throws comes out as it was thrown, at whatever event, and no other cluster is asked', async context => {
    const bug = new TypeError('a bug of ours')
    for (const [at, behaviour] of [
      ['dispatched', answers],
      ['text', answers],
      ['given_up', refuses(500)],
    ] as const) {
      const routed = await startPair(context, behaviour)
      assert.equal((await generate(routed, { on: throwAt(at, bug) })).thrown, bug)
      assert.equal(routed.b.asked.length, 1)
    }
    const late = await startRouted(context, [staysSilent])
    assert.equal((await generate(late, { on: throwAt('waiting', bug) })).thrown, bug)
  })
})

const throwAt = (type: GenerationEvent['type'], error: Error) => (event: GenerationEvent) => {
  if (event.type === type) throw error
}
