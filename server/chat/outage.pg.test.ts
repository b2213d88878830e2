import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault, newId, systemClock } from '#kit'
import type { LlmRouter } from '#llm-router'
import type { ClaimedTurn, OwnerStore, Store } from '#store'
import { quietLog } from '../../test/support/database.ts'
import { until } from '../../test/support/server.ts'
import { endOf, storeFixture } from '../../test/support/store-fixture.ts'
import { toldAtOnce } from '../../test/support/told-at-once.ts'
import { createBeginTurns } from './begin-turns.ts'
import { createLiveTurns } from './live-turns.ts'
import { createRecovery } from './recovery.ts'
import { createWorkerLease } from './worker-lease.ts'

const fixture = storeFixture()
const away = () => Promise.reject(new Fault('overloaded', 'away'))

test('a process whose lease lapsed in an outage of the database does not take its own turns for orphans', async t => {
  const workerId = newId()
  let refused = 0
  const renew: Store['workers']['renew'] = (id, release, address) => {
    if (refused > 0) return away().finally(() => refused++)
    return fixture.store.workers.renew(id, release, address)
  }
  const store: Store = { ...fixture.store, workers: { ...fixture.store.workers, renew, expireOthers: async () => {} } }
  const liveTurns = createLiveTurns({
    runTurn: async () => undefined,
    tick: toldAtOnce,
    store,
    workerId,
    log: quietLog,
  })
  const common = { store, leaseMs: 8_000, clock: systemClock, log: quietLog }
  const lease = createWorkerLease({ ...common, workerId, release: 'test', alone: true, onLive() {} })
  const recovery = createRecovery({ ...common, lease, alone: true, liveTurns, tick: toldAtOnce })
  await recovery.start('')
  t.after(() => recovery.stop())
  const turn = fixture.newTurn(await fixture.newConversation(), {
    start: { owner: workerId, mostOpen: 0, idempotency: undefined, interactive: false },
  })
  await fixture.turns.start(turn)
  refused = 1
  await fixture.database.query("UPDATE workers SET expires_at = now() - interval '1 s' WHERE id = $1", [workerId])
  await until('it has looked twice', () => refused > 2)
  assert.equal(await fixture.statusOf(turn), 'running')
})

test('a continuation that was accepted runs, with the text it continues, though the database is away in between', async () => {
  const conversationId = await fixture.newConversation()
  const first = fixture.newTurn(conversationId)
  await fixture.turns.start(first)
  await fixture.turns.end(endOf(first, { status: 'stopped', finishReason: 'stopped', content: 'Half' }))
  let failures = 0
  const owner = fixture.store.of(fixture.userId)
  const messages: OwnerStore['messages'] = {
    ...owner.messages,
    get: (...place) => (failures++ < 2 ? away() : owner.messages.get(...place)),
  }
  const store: Store = { ...fixture.store, of: () => ({ ...owner, messages }) }
  const ran = Promise.withResolvers<ClaimedTurn>()
  const begin = createBeginTurns({
    store,
    llmRouter: { admit: () => ({ release() {} }) } as unknown as LlmRouter,
    run: async turn => ran.resolve(turn),
    workerId: fixture.worker,
    mostOpenTurns: 0,
    newId,
    log: quietLog,
  })
  const accepted = await begin.goOn(fixture.userId, first.turnId)
  const turn = await ran.promise
  assert.deepEqual([turn.turnId, turn.prefix, turn.temperature], [accepted.turn_id, 'Half', first.temperature])
})

test('the readers of a turn that cannot be recorded are told so, and a turn that waits does not end twice', async () => {
  const liveTurns = createLiveTurns({
    runTurn: () => Promise.reject(new Error('a bug')),
    tick: toldAtOnce,
    store: fixture.store,
    workerId: fixture.worker,
    log: quietLog,
  })
  const { conversationId, ...turn } = fixture.newTurn(await fixture.newConversation())
  const running = liveTurns.run({
    ...turn,
    conversationId,
    userId: fixture.userId,
    fresh: false,
    interactive: false,
    epoch: 1,
    prefix: '',
    taken: undefined,
  })
  const feed = liveTurns.get(turn.turnId)?.feed(0)
  await running
  const last = feed?.take().at(-1)
  assert.ok(last?.type === 'error' && last.code === 'internal')
  assert.equal(feed?.ended, true)
})
