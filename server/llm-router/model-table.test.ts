import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '#kit'
import { createModelTable, type ModelOptions } from './model-table.ts'

type Served = Record<string, number | undefined>

const clusterWith = (served: Served, state: 'enabled' | 'draining' = 'enabled') => ({
  state,
  models: () => Object.keys(served),
  contextTokens: (model: string) => served[model],
})

function table(options: { configured?: Record<string, Partial<ModelOptions>>; served?: Served[]; first?: string }) {
  const unset = { contextTokens: undefined, temperature: undefined, firstTokenTimeoutMs: undefined, notice: undefined }
  const configured = Object.entries(options.configured ?? {}).map(([name, model]): [string, ModelOptions] => [
    name,
    { ...unset, serves: name, ...model },
  ])
  const clusters = (options.served ?? []).map(served => clusterWith(served))
  return createModelTable(new Map(configured), options.first, () => clusters)
}

test('gpt-4 works out of the box and is served by the default model', () => {
  assert.equal(table({ served: [{ llama: 4_096 }] }).resolve('gpt-4').serves, 'llama')
})

test('a real model named gpt-4, or a configured one, comes before the built-in alias', () => {
  assert.equal(table({ served: [{ llama: 1, 'gpt-4': 2 }] }).resolve('gpt-4').serves, 'gpt-4')
  assert.equal(
    table({ configured: { 'gpt-4': { serves: 'qwen' } }, served: [{ llama: 1 }] }).resolve('gpt-4').serves,
    'qwen',
  )
})

test('an unknown name is model_not_found, also while nothing is served', () => {
  for (const names of [table({ served: [{ llama: 1 }] }), table({})]) {
    assert.throws(
      () => names.resolve('nope'),
      error => isFault(error) && error.code === 'model_not_found' && error.field === 'model',
    )
  }
})

test('a name that no cluster told may be that of one which was not reached yet', () => {
  assert.throws(
    () => table({ served: [{ llama: 1 }, {}] }).resolve('nope'),
    error => isFault(error) && error.code === 'model_unavailable' && error.retryAfterMs === 5_000,
  )
})

test('the context is the configured one, else the smallest that a cluster tells, else 8192', () => {
  const served = [{ llama: 4_096 }, { llama: 2_048 }]
  assert.equal(table({ served }).resolve('llama').contextTokens, 2_048)
  assert.equal(table({ configured: { llama: { contextTokens: 1_000 } }, served }).resolve('llama').contextTokens, 1_000)
  assert.equal(table({ served: [{ llama: undefined }] }).resolve('llama').contextTokens, 8_192)
})

test('the list shows what may be picked, which is the default, and what no cluster serves now', () => {
  const list = table({ configured: { big: { notice: 'beta' } }, served: [{ llama: 1 }], first: 'llama' }).list()
  assert.deepEqual(
    list.map(model => [model.id, model.serves, model.available, model.default, model.notice]),
    [
      ['big', 'big', false, false, 'beta'],
      ['llama', 'llama', true, true, null],
      ['gpt-4', 'llama', true, false, null],
    ],
  )
})

test('a model whose clusters are all draining is the default only where there is no other', () => {
  const [big, small] = [{ big: 1 }, { small: 1 }]
  const defaultOf = (...clusters: ReturnType<typeof clusterWith>[]) =>
    createModelTable(new Map(), undefined, () => clusters).defaultName()
  assert.equal(defaultOf(clusterWith(big, 'draining'), clusterWith(small)), 'small')
  assert.equal(defaultOf(clusterWith(big, 'draining'), clusterWith(big), clusterWith(small)), 'big')
  assert.equal(defaultOf(clusterWith(big, 'draining'), clusterWith(small, 'draining')), 'big')
})

test('the demo is the default only while there is no other cluster: it stands in for no failure', () => {
  const demo = { 'parley-small': { demo: true } }
  const onlyDemo = { 'parley-small': 512 }
  const names = (more: Served[], configured = {}) =>
    table({ configured: { ...demo, ...configured }, served: [onlyDemo, ...more] })
  assert.equal(names([]).resolve('gpt-4').serves, 'parley-small')
  assert.equal(names([{ llama: 1 }]).resolve('gpt-4').serves, 'llama')
  assert.equal(names([{ llama: 1 }], { mine: { serves: 'llama' } }).defaultName(), 'mine')
  assert.equal(names([{}]).defaultName(), undefined, 'a cluster that has listed nothing yet')
  assert.deepEqual(
    names([{ llama: 1 }])
      .list()
      .map(model => [model.id, model.available, model.default]),
    [
      ['parley-small', true, false],
      ['llama', true, true],
      ['gpt-4', true, false],
    ],
  )
})
