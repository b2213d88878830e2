import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { isFault } from '#kit'
import type { ClusterOptions, GenerationEvent, RouterSetup } from '#llm-router'
import {
  ailingModel,
  answers,
  endMarker,
  finish,
  piece,
  refuses,
  stallsAfter,
  startAilingCluster,
} from '../../test/support/ailing-cluster.ts'
import { generate, type Outcome, startRouted } from '../../test/support/routed-clusters.ts'
import { until } from '../../test/support/server.ts'

const clusterOf = ({ events }: Outcome) => {
  const [first] = events
  return first?.type === 'dispatched' ? first.cluster : undefined
}

const optionsOf = (name: string, url: string): ClusterOptions => ({
  ...{ name, url, region: undefined, apiKey: undefined, models: undefined, capacity: undefined, engine: undefined },
})

const setupOf = (clusters: readonly ClusterOptions[], more: Partial<RouterSetup> = {}): RouterSetup => ({
  ...{ clusters, models: new Map(), defaultModel: undefined, policy: 'latency_load' as const, ...more },
})

const alias = (serves: string) => ({
  ...{ serves, contextTokens: undefined, temperature: undefined, firstTokenTimeoutMs: undefined, notice: undefined },
})

test('a cluster that drains gets nothing new, ends what it has begun, and serves again when it is enabled', async t => {
  const { router, clusters } = await startRouted(t, [answers, answers])
  let begun: ServerResponse | undefined
  let halfWay = false
  for (const cluster of clusters)
    cluster.behaviour = (response, asked) => {
      begun = response
      stallsAfter(piece('Half'))(response, asked)
    }
  const outcome = generate({ router }, { on: ({ type }) => (halfWay ||= type === 'text') })
  await until('the answer has begun', () => halfWay)
  const busy = router.clusters().find(({ load }) => load.own.streaming === 1)?.name ?? ''
  for (const cluster of clusters) cluster.behaviour = answers
  router.steer(new Map([[busy, { state: 'draining', weight: 1 }]]))
  for (let asked = 0; asked < 5; asked++) assert.notEqual(clusterOf(await generate({ router })), busy)
  begun?.end(`${piece(' and half')}${finish}${endMarker}`)
  assert.equal((await outcome).thrown, undefined)
  assert.equal(clusterOf(await outcome), busy)

  router.steer(new Map(['a', 'b'].map(name => [name, { state: name === busy ? 'enabled' : 'draining', weight: 1 }])))
  assert.equal(clusterOf(await generate({ router })), busy)
})

test('a model whose clusters all drain is known and unavailable; of disabled ones there is none', async t => {
  const { router } = await startRouted(t, [answers])
  const steer = (state: 'draining' | 'disabled') => router.steer(new Map([['a', { state, weight: 1 }]]))
  const codeOf = () => {
    try {
      router.admit('of-the-last')
      return undefined
    } catch (error) {
      return isFault(error) && error.code
    }
  }
  const model = () => router.models().find(({ id }) => id === 'of-the-last')
  steer('draining')
  assert.deepEqual([codeOf(), model()?.available], ['model_unavailable', false])
  steer('disabled')
  assert.deepEqual([codeOf(), model()], ['model_not_found', undefined])
  router.steer(new Map())
  assert.deepEqual([codeOf(), model()?.available], [undefined, true])
})

test('of two equal clusters the one of more weight gets more', async t => {
  const { router, clusters } = await startRouted(t, [answers, answers])
  const slow = (...call: Parameters<typeof answers>) => setTimeout(answers, 20, ...call)
  for (const cluster of clusters) cluster.behaviour = slow
  await Promise.all(Array.from({ length: 8 }, () => generate({ router })))
  router.steer(new Map([['b', { state: 'enabled', weight: 10 }]]))
  const before = clusters.map(({ asked }) => asked.length)
  for (let asked = 0; asked < 10; asked++) await generate({ router })
  const [a = 0, b = 0] = clusters.map(({ asked }, index) => asked.length - (before[index] ?? 0))
  assert.ok(b > a, `${b} of ten`)
})

test('another setup takes the place of the one before: clusters, aliases, default, policy', async t => {
  const { router, clusters } = await startRouted(t, [answers])
  const other = await startAilingCluster(t)
  other.listing = [{ id: 'other' }]
  const models = new Map([['gpt-4', alias('other')]])
  await router.configure(
    setupOf([optionsOf('x', other.url)], { models, defaultModel: 'gpt-4', policy: 'predicted_cost' }),
  )
  assert.deepEqual(
    router.clusters().map(({ name }) => name),
    ['x'],
  )
  assert.equal(router.defaultModel(), 'gpt-4')
  assert.equal(router.resolve('gpt-4').serves, 'other')
  const choices: GenerationEvent[] = []
  await generate({ router }, { name: 'gpt-4', on: event => choices.push(event) })
  const [choice] = choices
  assert.ok(choice?.type === 'dispatched')
  assert.deepEqual([choice.reasons.policy, choice.reasons.candidates], ['predicted_cost', 1])
  assert.equal(clusters[0]?.asked.length, 0)
})

test('a cluster at the address it had serves on while it is asked anew, with what was learned of it', async t => {
  const { router } = await startRouted(t, [answers])
  const engine = await startAilingCluster(t)
  await router.configure(setupOf([optionsOf('x', engine.url)]))
  await generate({ router })
  const renewed = router.configure(setupOf([{ ...optionsOf('x', engine.url), capacity: 5 }]))
  const [state] = router.clusters()
  assert.deepEqual([state?.models, state?.load.capacity, state?.speed?.samples], [[ailingModel], 5, 1])
  assert.equal(state?.decisions.length, 1)
  await renewed
})

test('one that refused its key is tried again as soon as it is given another', async t => {
  const { router } = await startRouted(t, [answers])
  const engine = await startAilingCluster(t, (response, asked) => {
    const known = response.req.headers.authorization === 'Bearer right'
    ;(known ? answers : refuses(401))(response, asked)
  })
  await router.configure(setupOf([{ ...optionsOf('x', engine.url), apiKey: 'wrong' }]))
  await generate({ router })
  const [state] = router.clusters()
  assert.deepEqual([state?.ready, state?.health.breaker], [false, 'open'])
  assert.ok(state?.health.reason)
  await router.configure(setupOf([{ ...optionsOf('x', engine.url), apiKey: 'right' }]))
  assert.equal((await generate({ router })).thrown, undefined)
  assert.equal(router.clusters()[0]?.health.reason, undefined)
})

test('an added cluster gives way to a configured one of its name', async t => {
  const { router } = await startRouted(t, [answers])
  const [first, second] = [await startAilingCluster(t), await startAilingCluster(t)]
  await router.setClusters([optionsOf('x', first.url)])
  await router.configure(setupOf([optionsOf('x', second.url)]))
  assert.deepEqual(
    router.clusters().map(({ url }) => url),
    [second.url],
  )
})
