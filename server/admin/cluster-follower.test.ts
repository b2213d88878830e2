import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSealer } from '#accounts'
import { Fault } from '#kit'
import type { AddedCluster } from '#store'
import { answers, startAilingCluster } from '../../test/support/ailing-cluster.ts'
import { quiet } from '../../test/support/cluster-under-test.ts'
import { startRouted } from '../../test/support/routed-clusters.ts'
import { atEnd, until } from '../../test/support/server.ts'
import { createClusterFollower, placeOfKey } from './cluster-follower.ts'

const sealer = createSealer(['the-secret-of-this-instance'])

/** A follower of `rows`, which a test may change; while they are undefined, the database is away. */
async function startFollower(context: Parameters<typeof startRouted>[0], table: { rows: AddedCluster[] | undefined }) {
  const { router } = await startRouted(context, [answers])
  let reads = 0
  const follower = createClusterFollower({
    store: {
      clusters: {
        async list() {
          reads += 1
          if (table.rows === undefined) throw new Fault('overloaded', 'away')
          return table.rows
        },
        add: async () => false,
        remove: async () => false,
        steering: async () => [],
        async steer() {},
      },
    },
    llmRouter: router,
    fixed: [],
    sealer,
    log: quiet,
  })
  atEnd(context, () => follower.stop())
  await follower.start()
  const names = () => router.clusters().map(({ name }) => name)
  return { follower, names, reads: () => reads }
}

test('while the database is away nothing changes; what was written meanwhile is followed once it is back', async context => {
  const row = { id: '1', name: 'x', url: (await startAilingCluster(context)).url, apiKey: null }
  const table: { rows: AddedCluster[] | undefined } = { rows: [row] }
  const { names, reads } = await startFollower(context, table)
  assert.deepEqual(names(), ['a', 'x'])
  table.rows = undefined
  await until('it was read in vain', () => reads() > 1)
  assert.deepEqual(names(), ['a', 'x'])
  table.rows = []
  await until('it follows again', () => names().length === 1)
})

test("a cluster whose key does not open, or was sealed for another address, is not asked with anybody else's", async context => {
  const url = (await startAilingCluster(context)).url
  const sealed = (place: string) => sealer.seal('the-key', place)
  const rows = [
    { id: '1', name: 'good', url, apiKey: sealed(placeOfKey({ id: '1', url })) },
    { id: '2', name: 'moved', url, apiKey: sealed(placeOfKey({ id: '2', url: 'http://elsewhere/v1' })) },
    { id: '3', name: 'damaged', url, apiKey: Buffer.from('no sealing') },
  ]
  const { names } = await startFollower(context, { rows })
  assert.deepEqual(names(), ['a', 'good'])
})
