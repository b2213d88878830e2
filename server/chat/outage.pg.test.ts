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
  const first = await stoppedTurn()
  let failures = 0
  const { begin, ran } = beginWith(owner => ({
    messages: {
      ...owner.messages,
      get: (...place) => (failures++ < 2 ? away() : owner.messages.get(...place)),
    },
  }))
  const accepted = await begin.goOn(fixture.userId, first.turnId)
  await until('it runs', () => ran.length === 1)
  const [turn] = ran
  assert.deepEqual([turn?.turnId, turn?.prefix, turn?.temperature], [accepted.turn_id, 'Half', first.temperature])
})

test('a continuation that another process took over before this one knew its text is left to the other', async () => {
  const first = await stoppedTurn()
  const other = await fixture.newWorker()
  let looks = 0
  const { begin, ran, released } = beginWith(owner => ({
    turns: {
      ...owner.turns,
      async get(id) {
        // The first look is for the turn that is continued.
        if (looks++ > 0)
          await fixture.database.query('UPDATE turns SET owner = $2, epoch = epoch + 1 WHERE id = $1', [id, other])
        return owner.turns.get(id)
      },
    },
  }))
  await begin.goOn(fixture.userId, first.turnId)
  await until('it has let go', () => released() === 1)
  assert.deepEqual(ran, [])
})

test('a start that is committed late, while it is tried again, is one turn, and runs', async () => {
  const conversationId = await fixture.newConversation()
  let starts = 0
  const { begin, ran } = beginWith(owner => ({
    turns: {
      ...owner.turns,
      async start(turn) {
        starts += 1
        if (starts === 1) return away()
        await owner.turns.start(turn) // the first one, which was only slow
        return owner.turns.start(turn)
      },
    },
  }))
  const accepted = await begin.send(fixture.userId, conversationId, { content: 'Hello' })
  assert.deepEqual([starts, ran.map(({ turnId }) => turnId)], [2, [accepted.turn_id]])
})

async function stoppedTurn() {
  const turn = fixture.newTurn(await fixture.newConversation())
  await fixture.turns.start(turn)
  await fixture.turns.end(endOf(turn, { status: 'stopped', finishReason: 'stopped', content: 'Half' }))
  return turn
}

/** Begins turns on a store whose owner's part is changed, and tells which of them ran. */
function beginWith(change: (owner: OwnerStore) => Partial<OwnerStore>) {
  const owner = fixture.store.of(fixture.userId)
  const changed = { ...owner, ...change(owner) }
  const ran: ClaimedTurn[] = []
  let released = 0
  const begin = createBeginTurns({
    store: { ...fixture.store, of: () => changed },
    llmRouter: { admit: () => ({ release: () => (released += 1) }) } as unknown as LlmRouter,
    run: async turn => void ran.push(turn),
    workerId: fixture.worker,
    mostOpenTurns: 0,
    newId,
    log: quietLog,
  })
  return { begin, ran, released: () => released }
}

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
