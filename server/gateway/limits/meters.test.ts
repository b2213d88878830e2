import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Away, type LogFields, systemClock } from '#kit'
import { startHub, type TestHub } from '../../../test/support/hub.ts'
import { fileScope } from '../../../test/support/server.ts'
import { createHubMeters } from './hub-meters.ts'
import { createMemoryMeters } from './memory-meters.ts'
import type { Meter, Meters } from './meters.ts'
import { testMeters } from './meters-contract.ts'
import { createSharedMeters } from './shared-meters.ts'

const scope = fileScope()
const lines: { readonly fields: LogFields; readonly message: string }[] = []
const say = (fields: LogFields, message: string) => void lines.push({ fields, message })
const log = { debug() {}, info() {}, warn: say, error: say }
let started: Promise<TestHub> | undefined

function hubOfFile(): Promise<TestHub> {
  started ??= startHub(scope, log)
  return started
}

testMeters('in memory', { skip: false }, async () => {
  const meters = createMemoryMeters(systemClock)
  return [meters, meters]
})

testMeters('in the hub', { skip: false }, async () => {
  const { line } = await hubOfFile()
  return [createHubMeters(line), createHubMeters(line)]
})

const away: Meters = {
  spend: () => Promise.reject(new Away()),
  charge: () => Promise.reject(new Away()),
}
testMeters('here, while what is shared is away', { skip: false }, async () => {
  const meters = createSharedMeters({ shared: away, local: createMemoryMeters(systemClock), log })
  return [meters, meters]
})

test('a hub that stands still holds nobody up: each counts for itself, and together again when it goes on', async t => {
  const hub = await hubOfFile()
  const meter: Meter = { name: 'stalled', perMinute: 1 / 60, burst: 2 }
  const shared = createHubMeters(hub.line)
  const [one, other] = [1, 2].map(() => createSharedMeters({ shared, local: createMemoryMeters(systemClock), log }))
  assert.ok(one && other)
  const left = async (meters: Meters) => (await meters.spend(meter, 'ada')).allowance.remaining
  assert.equal(await left(one), 1)
  t.after(hub.thaw)
  hub.freeze()
  const startedAt = performance.now()
  assert.deepEqual([await left(one), await left(other), await left(one), await left(other)], [1, 1, 0, 0])
  assert.ok(performance.now() - startedAt < 1_000, 'only the first waits in vain')
  hub.thaw()
  // The late answer shows that it is back. One unit was spent before, one by the question that was answered too late.
  while ((await shared.spend(meter, 'nobody').catch(() => undefined)) === undefined) await new Promise(setImmediate)
  assert.equal((await one.spend(meter, 'ada')).allowance.allowed, false)
  assert.deepEqual(lines, [], 'an outage is no bug')
})
