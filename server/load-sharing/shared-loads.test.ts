import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#kit'
import { quietLog } from '../../test/support/database.ts'
import { startHub, type TestHub } from '../../test/support/hub.ts'
import { fileScope } from '../../test/support/server.ts'
import { clusterMark } from './cluster-mark.ts'
import { createHubLoads } from './hub-loads.ts'
import { createMemoryLoads } from './memory-loads.ts'
import { testSharedLoads } from './shared-loads-contract.ts'

const scope = fileScope()
const inMemory = createMemoryLoads(systemClock)
let started: Promise<TestHub> | undefined

testSharedLoads('in memory', { skip: false }, async () => [inMemory, inMemory])

testSharedLoads('in the hub', { skip: false }, async () => {
  started ??= startHub(scope, quietLog)
  const { line } = await started
  return [createHubLoads(line), createHubLoads(line)]
})

test('a cluster is the same one everywhere, unless its address is of this machine', () => {
  const far = { name: 'a', url: 'https://gpu.example.com/v1' }
  assert.equal(clusterMark(far, 'one'), clusterMark({ ...far }, 'other'))
  assert.notEqual(clusterMark(far, 'one'), clusterMark({ ...far, name: 'b' }, 'one'))
  assert.doesNotMatch(clusterMark(far, 'one'), /gpu|example/)
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]']) {
    const near = { name: 'a', url: `http://${host}:8000/v1` }
    assert.equal(clusterMark(near, 'one'), clusterMark(near, 'one'))
    assert.notEqual(clusterMark(near, 'one'), clusterMark(near, 'other'))
  }
})
