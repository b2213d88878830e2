import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Generation } from '#protocol'
import { clusterHeaders } from './cluster-headers.ts'

const served_by = { model: 'm', cluster: 'Zürich/1 %' }
const generation: Generation = {
  ...{ cluster: 'Zürich/1 %', model: 'm', outcome: 'complete', reasons: {} },
  ...{ input_tokens: 1, cached_tokens: null, output_tokens: 1, first_token_ms: 1, latency_ms: 2 },
}

test('of an answer from a release that kept no reasons, none are told', () => {
  assert.deepEqual(clusterHeaders({ served_by }, { generations: [generation] }), {
    'x-parley-cluster': 'Z%C3%BCrich/1%20%25',
    'x-parley-tries': '1',
  })
})

test('a cached answer names who wrote it, and one that no cluster wrote nobody', () => {
  assert.deepEqual(clusterHeaders({ served_by }, { generations: [] }), {
    'x-parley-cluster': 'Z%C3%BCrich/1%20%25',
    'x-parley-tries': '0',
    'x-parley-reason': 'cached',
  })
  assert.deepEqual(clusterHeaders({ served_by: null }, { generations: [] }), {})
})
