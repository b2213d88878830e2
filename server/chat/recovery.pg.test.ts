import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kit'
import { quietLog } from '../../test/support/database.ts'
import { until } from '../../test/support/server.ts'
import { ownedBy, storeFixture } from '../../test/support/store-fixture.ts'
import { createLiveTurns } from './live-turns.ts'
import { createReaderTick } from './reader-tick.ts'
import { createRecovery } from './recovery.ts'
import { createWorkerLease } from './worker-lease.ts'

const fixture = storeFixture()
const leaseMs = 8_000

test('a process that wakes after its lease ran out tells readers nothing of a turn that another one has taken over', async t => {
  const { store } = fixture
  const [workerId, other] = [newId(), await fixture.newWorker()]
  let now = 0
  const common = {
    store,
    workerId,
    leaseMs,
    alone: false,
    clock: { now: () => now, elapsed: () => now },
    log: quietLog,
  }
  const lease = createWorkerLease({ ...common, release: 'test' })
  const tick = createReaderTick(
    () => lease.current,
    () => 0,
  )
  // It heeds its signal late, as one does that has its log written first.
  const over = Promise.withResolvers<undefined>()
  const runTurn = () => over.promise
  const liveTurns = createLiveTurns({ ...common, runTurn, tick })
  const recovery = createRecovery({ ...common, lease, liveTurns, tick })
  await recovery.start('http://127.0.0.1:1')
  t.after(async () => {
    over.resolve(undefined)
    await recovery.stop()
    tick.stop()
  })

  const conversationId = await fixture.newConversation()
  const [lost, kept] = [fixture.newTurn(conversationId), fixture.newTurn(await fixture.newConversation())]
  const told = new Map<string, string>()
  for (const { turnId, ...ids } of [lost, kept]) {
    await fixture.turns.start({ turnId, ...ids, start: ownedBy(workerId) })
    const { userMessageId, answerId, model, conversationId: of } = ids
    const asked = { model, temperature: undefined, maxTokens: undefined, fresh: false }
    void liveTurns.run({
      ...{ userId: fixture.userId, turnId, conversationId: of, answerId, userMessageId },
      ...{ ...asked, epoch: 1, prefix: '', taken: undefined },
    })
    const feed = liveTurns.get(turnId)?.feed(1)
    feed?.onNews(() => {
      for (const event of feed.take())
        if (event.type === 'token') told.set(turnId, (told.get(turnId) ?? '') + event.content)
    })
  }

  now = leaseMs + 1
  await fixture.database.query('UPDATE turns SET owner = $2, epoch = 2 WHERE id = $1', [lost.turnId, other])
  for (const live of liveTurns.all()) live.append([{ type: 'text', text: 'said late' }])
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(told.size, 0)
  recovery.wake()
  await until('its own reader was told', () => told.has(kept.turnId))
  assert.deepEqual([...told], [[kept.turnId, 'said late']])
  assert.ok(liveTurns.get(lost.turnId)?.lost)
})
