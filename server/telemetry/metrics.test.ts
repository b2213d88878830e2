import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics } from './metrics.ts'

test('the count of unanswered turns is told as it is known, and left out while it is not', async () => {
  let known: number | undefined
  const metrics = createMetrics({
    release: 'test',
    runningTurns: () => 0,
    waitingGenerations: () => 0,
    openSockets: () => 0,
    unansweredTurns: async () => known,
  })
  const told = async () => /^parley_turns_unanswered .*$/m.exec((await metrics.expose()).body)?.[0]
  assert.equal(await told(), undefined)
  known = 3
  assert.equal(await told(), 'parley_turns_unanswered 3')
  known = undefined
  assert.equal(await told(), undefined)
})
