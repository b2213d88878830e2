import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kit'
import { storeFixture } from '../../test/support/store-fixture.ts'

const fixture = storeFixture()

test('a renewal says whether the lease was held, and how many others there are', async () => {
  const { workers } = fixture.store
  const id = newId()
  const renew = () => workers.renew(id, 'test', 'http://127.0.0.1:1')
  assert.deepEqual(await renew(), { held: false, others: 1 }, "the fixture's own")
  const [dies, leaves] = [await fixture.newWorker(), await fixture.newWorker()]
  assert.deepEqual(await renew(), { held: true, others: 3 })
  await fixture.die(dies)
  await workers.leave(leaves)
  assert.deepEqual(await renew(), { held: true, others: 1 })
  await fixture.die(id)
  assert.deepEqual(await renew(), { held: false, others: 1 })
})
