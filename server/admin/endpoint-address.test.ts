import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointAddress, sameEndpoint } from './endpoint-address.ts'

test('an address without a path gets /v1, any other keeps its path, and no slash stands at its end', () => {
  assert.equal(endpointAddress('http://127.0.0.1:11434'), 'http://127.0.0.1:11434/v1')
  assert.equal(endpointAddress('HTTP://Example.com:80/v1/'), 'http://example.com/v1')
  assert.equal(endpointAddress('https://example.com/openai/v1//?#'), 'https://example.com/openai/v1')
})

test('this machine is the same by all its names, and no other is, nor another port or path', () => {
  const here = 'http://127.0.0.1:8000/v1'
  for (const name of ['localhost', 'LOCALHOST', '127.0.0.2', '[::1]', '0.0.0.0'])
    assert.ok(sameEndpoint(here, `http://${name}:8000/v1/`), name)
  for (const other of [
    'http://10.0.0.1:8000',
    'http://127.0.0.1:8001',
    'http://127.0.0.1:8000/v2',
    'https://127.0.0.1:8000',
  ])
    assert.ok(!sameEndpoint(here, other), other)
})
