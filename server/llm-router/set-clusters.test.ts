import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { isFault } from '#kit'
import type { ClusterOptions } from '#llm-router'
import {
  answers,
  endMarker,
  finish,
  piece,
  stallsAfter,
  startAilingCluster,
} from '../../test/support/ailing-cluster.ts'
import { asking, generate, startRouted } from '../../test/support/routed-clusters.ts'
import { servePage } from '../../test/support/serve-page.ts'
import { until } from '../../test/support/server.ts'

const optionsOf = (name: string, { url }: { readonly url: string }): ClusterOptions => ({
  name,
  region: undefined,
  url,
  apiKey: undefined,
  models: undefined,
  capacity: undefined,
  engine: undefined,
})

test('a cluster that is added serves at once, under the names of its models, and is gone when it is removed', async context => {
  const { router } = await startRouted(context, [answers])
  const late = await startAilingCluster(context)
  late.listing = [{ id: 'late', owned_by: 'vllm' }, { id: 'nomic-embed-text:latest' }]
  await router.setClusters([optionsOf('x', late)])
  const { name, engine, models, ready } = router.clusters().at(-1) ?? {}
  assert.deepEqual({ name, engine, models, ready }, { name: 'x', engine: 'vllm', models: ['late'], ready: true })
  assert.ok(router.models().some(({ id, available }) => id === 'late' && available))
  const { events, thrown } = await generate({ router }, { name: 'late' })
  assert.equal(thrown, undefined)
  assert.deepEqual(events[0], { type: 'dispatched', cluster: 'x', model: 'late' })

  await router.setClusters([])
  assert.deepEqual(
    router.clusters().map(({ name }) => name),
    ['a'],
  )
  assert.throws(
    () => router.admit('late', asking),
    error => isFault(error) && error.code === 'model_not_found',
  )
})

test('an answer under way on a cluster that is removed ends undisturbed', async context => {
  const { router } = await startRouted(context, [answers])
  let begun: ServerResponse | undefined
  const late = await startAilingCluster(context, (response, asked) => {
    begun = response
    stallsAfter(piece('Half'))(response, asked)
  })
  late.listing = [{ id: 'late' }]
  await router.setClusters([optionsOf('x', late)])
  let halfWay = false
  const outcome = generate({ router }, { name: 'late', on: ({ type }) => (halfWay ||= type === 'text') })
  await until('the answer has begun', () => halfWay)
  await router.setClusters([])
  begun?.end(`${piece(' and half')}${finish}${endMarker}`)
  const { events, thrown } = await outcome
  assert.equal(thrown, undefined)
  assert.equal(events.map(event => (event.type === 'text' ? event.text : '')).join(''), 'Half and half')
})

test('a cluster that stays is not begun anew: what is known of it is kept, and only new ones are asked', async context => {
  const { router } = await startRouted(context, [answers])
  const [first, second] = [await startAilingCluster(context), await startAilingCluster(context)]
  first.listing = [{ id: 'one' }]
  second.listing = [{ id: 'two' }]
  await router.setClusters([optionsOf('x', first)])
  first.listing = [{ id: 'renamed' }]
  await router.setClusters([optionsOf('x', first), optionsOf('y', second)])
  assert.deepEqual(
    router.clusters().map(({ models }) => models[0]),
    ['ailing', 'one', 'two'],
  )
  await router.setClusters([{ ...optionsOf('x', first), apiKey: 'another' }])
  assert.deepEqual(router.clusters()[1]?.models, ['renamed'])
})

test('a cluster that is replaced serves until its successors were asked, whatever else changes in the meantime', async context => {
  const { router } = await startRouted(context, [answers])
  const [old, silent] = [await startAilingCluster(context), await servePage(context, 'silence')]
  old.listing = [{ id: 'old' }]
  const setup = { models: new Map(), defaultModel: undefined, policy: 'latency_load' } as const
  await router.configure({ ...setup, clusters: [optionsOf('x', old)] })
  const asking = router.configure({ ...setup, clusters: [optionsOf('y', silent)] })
  await router.setClusters([])
  const { thrown } = await generate({ router }, { name: 'old' })
  assert.equal(thrown, undefined)
  await asking
  assert.throws(() => router.resolve('old'))
})

test('a silent one holds up nobody for longer than three seconds; a dead one serves once it is seen', async context => {
  const { router } = await startRouted(context, [answers])
  const [dead, silent] = [await startAilingCluster(context), await servePage(context, 'silence')]
  await dead.kill()
  const startedAt = performance.now()
  const set = router.setClusters([optionsOf('x', dead), optionsOf('y', silent)])
  const x = () => router.clusters().find(({ name }) => name === 'x')
  await until('it was found dead', () => x()?.ready === false)
  dead.listing = [{ id: 'late' }]
  await dead.revive()
  await set
  assert.ok(performance.now() - startedAt < 4_000)
  await until('it was looked at again', () => x()?.models.includes('late'))
})
