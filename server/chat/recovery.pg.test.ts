import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import pg from 'pg'
import { newId, systemClock } from '#kit'
import type { ClaimedTurn, NewTurn } from '#store'
import { quietLog } from '../../test/support/database.ts'
import { until } from '../../test/support/server.ts'
import { ownedBy, storeFixture } from '../../test/support/store-fixture.ts'
import { toldAtOnce } from '../../test/support/told-at-once.ts'
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
    onLive() {},
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
  for (const turn of [lost, kept]) {
    const { turnId } = turn
    await fixture.turns.start({ ...turn, start: ownedBy(workerId) })
    void liveTurns.run(claimedFrom(turn))
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

test('a dump of the database, which holds what the clean-up needs, holds up neither the start nor the lease', async () => {
  const workerId = newId()
  const started = Date.now()
  // In a month whose partition is still to be made.
  const clock = { now: () => Date.UTC(2040, 0), elapsed: () => Date.now() - started }
  const common = { store: fixture.store, workerId, leaseMs, alone: false, clock, log: quietLog, tick: toldAtOnce }
  const lease = createWorkerLease({ ...common, release: 'test', onLive() {} })
  const liveTurns = createLiveTurns({ ...common, runTurn: async () => undefined })
  const recovery = createRecovery({ ...common, lease, liveTurns })
  const expiry = async () => {
    const [row] = await fixture.database.query<{ at: Date }>('SELECT expires_at AS at FROM workers WHERE id = $1', [
      workerId,
    ])
    return row?.at.getTime() ?? 0
  }
  const dump = new pg.Client(fixture.database.connection)
  await dump.connect()
  try {
    await dump.query('BEGIN')
    await dump.query('LOCK TABLE usage_default IN ACCESS SHARE MODE')
    await recovery.start('')
    const first = await expiry()
    await until('the lease is renewed', async () => (await expiry()) > first)
  } finally {
    await dump.end()
    await recovery.stop()
  }
})

test('a process that ends takes no turn back that it has just given up', async () => {
  const { store } = fixture
  const workerId = newId()
  const common = { store, workerId, leaseMs, alone: false, clock: systemClock, log: quietLog, tick: toldAtOnce }
  const lease = createWorkerLease({ ...common, onLive() {}, release: 'test' })
  const [begun, given, last]: [string[], PromiseWithResolvers<void>, PromiseWithResolvers<void>] = [
    [],
    Promise.withResolvers(),
    Promise.withResolvers(),
  ]
  const liveTurns = createLiveTurns({
    ...common,
    async runTurn(live) {
      begun.push(live.turn.turnId)
      const isFirst = begun.length === 1
      await once(live.signal, 'abort')
      if (!isFirst) await last.promise
      else given.resolve()
      return undefined
    },
  })
  let looks = 0
  const counted = { ...store, stopsRequested: (id: string) => store.stopsRequested(id).finally(() => looks++) }
  const recovery = createRecovery({ ...common, store: counted, lease, liveTurns })
  await recovery.start('http://127.0.0.1:1')
  const turns = [fixture.newTurn(await fixture.newConversation()), fixture.newTurn(await fixture.newConversation())]
  for (const turn of turns) {
    await fixture.turns.start({ ...turn, start: ownedBy(workerId) })
    void liveTurns.run(claimedFrom(turn))
  }
  await fixture.database.query("UPDATE turns SET started_at = now() - interval '20 s' WHERE owner = $1", [workerId])
  recovery.rest()
  const drained = liveTurns.drain(0, async () => 'handed_over')
  await given.promise
  const before = looks
  recovery.wake()
  await until('it has looked twice', () => looks >= before + 2)
  last.resolve()
  await drained
  await recovery.stop()
  assert.deepEqual(
    begun,
    turns.map(({ turnId }) => turnId),
  )
  const rows = await fixture.database.query('SELECT owner, epoch, takeovers FROM turns WHERE id = ANY ($1)', [begun])
  assert.deepEqual(rows, Array(2).fill({ owner: null, epoch: 1, takeovers: 0 }))
})

const claimedFrom = ({ turnId, conversationId, answerId, userMessageId, model }: NewTurn): ClaimedTurn => ({
  ...{ userId: fixture.userId, turnId, conversationId, answerId, userMessageId },
  ...{
    model,
    temperature: undefined,
    maxTokens: undefined,
    fresh: false,
    interactive: false,
    epoch: 1,
    prefix: '',
    taken: undefined,
  },
})
