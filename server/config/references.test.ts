import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load, mistakesOf } from './try-config.ts'

const explicit = 'clusters: [{ name: a, url: "http://a/v1", models: [llama] }]\n'
const alias = 'models: { fast: { serves: lama } }\n'

test('an alias of a model that nothing serves is a mistake', () => {
  assert.deepEqual(mistakesOf(explicit + alias), [
    'parley.yaml:2: models.fast.serves: must be a model that a cluster lists or a file provides (is "lama")',
  ])
  load(`${explicit}models: { fast: { serves: llama }, own: { gguf: x.gguf }, quick: { serves: own } }`)
})

test('a default model that does not exist is a mistake', () => {
  assert.deepEqual(mistakesOf(`${explicit}default_model: lama\n`), [
    'parley.yaml:2: default_model: must be one of the models, or of those that a cluster lists (is "lama")',
  ])
  for (const known of ['llama', 'gpt-4']) load(`${explicit}default_model: ${known}\n`)
})

test('they pass where the model may turn up: a cluster that discovers, none yet, engines found here', () => {
  load(alias)
  load(`clusters: [{ name: a, url: "http://a/v1" }]\n${alias}`)
  load(`${explicit}${alias}discover: use\n`)
})

test('they may mean a model file in the data folder', () => {
  const files = { '/srv/data/models/lama.gguf': '' }
  load(`${explicit}${alias}default_model: lama.gguf\n`, {}, files)
})
