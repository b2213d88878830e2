import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../../bench/seeded-random.ts'
import {
  answers,
  type Behaviour,
  breaksAfter,
  openRole,
  piece,
  refuses,
  reportsError,
  resets,
  stallsAfter,
} from '../../test/support/ailing-cluster.ts'
import { asking, generate, startRouted } from '../../test/support/routed-clusters.ts'
import { until } from '../../test/support/server.ts'
import type { GenerationEvent } from './generation-event.ts'

const after =
  (ms: number, behaviour: Behaviour): Behaviour =>
  (...call) =>
    void setTimeout(ms).then(() => behaviour(...call))

const ways: readonly Behaviour[] = [
  answers,
  after(5, answers),
  after(20, answers),
  refuses(500),
  refuses(429),
  refuses(429, {}, { 'retry-after': '0' }),
  refuses(400, { message: 'max_tokens', param: 'max_tokens' }),
  refuses(400, { code: 'context_length_exceeded', message: 'maximum context length is 5 tokens' }),
  resets,
  reportsError,
  breaksAfter(openRole, piece('You ')),
  stallsAfter(openRole, piece('You ')),
  stallsAfter(openRole),
]

const users = ['a', 'b', 'c', 'd', 'e']
const classes = ['interactive', 'default', 'bulk'] as const
const states = ['enabled', 'draining', 'disabled'] as const
const places = ['dispatched', 'text', 'queued', 'given_up']

test('whatever becomes of requests, nothing is left of them: no place taken, nobody in line', async context => {
  const random = seededRandom(5)
  const pick = <Value>(from: readonly Value[]): Value => {
    const value = from[Math.floor(random() * from.length)]
    assert.ok(value !== undefined)
    return value
  }
  const moody: Behaviour = (...call) => pick(ways)(...call)
  const routed = await startRouted(context, [moody, moody, moody], { capacity: 2, firstTokenTimeoutMs: 2_000 })
  const { router } = routed

  async function ask(): Promise<void> {
    const signal = AbortSignal.timeout(random() < 0.4 ? Math.ceil(random() * 60) : 2_000)
    const throwsAt = random() < 0.05 ? pick(places) : undefined
    const on = ({ type }: GenerationEvent) => {
      if (type === throwsAt) throw new Error('a taker that throws')
    }
    await generate(routed, {
      anyway: random() < 0.5,
      as: { ...asking, userId: pick(users), class: pick(classes) },
      signal,
      on,
    })
  }

  const all: Promise<void>[] = []
  while (all.length < 300) {
    all.push(ask(), ask(), ask(), ask())
    if (random() < 0.1) router.steer(new Map([[pick(['a', 'b', 'c']), { state: pick(states), weight: 0.001 }]]))
    routed.pass(100)
    await setTimeout(5)
  }
  await Promise.all(all)
  assert.equal(router.waiting, 0)
  const nothing = { unanswered: 0, pendingTokens: 0, streaming: 0 }
  for (const { load } of router.clusters()) assert.deepEqual(load.own, nothing)

  router.steer(new Map())
  for (const cluster of routed.clusters) cluster.behaviour = after(50, answers)
  await until('all are well', async () => {
    routed.pass(300_000)
    await Promise.all(Array.from({ length: 6 }, () => generate(routed, { anyway: true })))
    return router.clusters().every(({ health }) => health.breaker === 'closed')
  })
  routed.pass(120_000)
  const program = { ...asking, userId: 'a', class: 'default' } as const
  const six = Array.from({ length: 6 }, () => generate(routed, { as: program, anyway: true }))
  await until('every place is used', () => router.clusters().every(({ load }) => load.own.unanswered === 2))
  for (const { thrown } of await Promise.all(six)) assert.equal(thrown, undefined)
})
