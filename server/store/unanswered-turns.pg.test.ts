import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { endOf, ownedBy, storeFixture } from '../../test/support/store-fixture.ts'

const fixture = storeFixture()
const unanswered = () => fixture.store.unansweredTurns(600_000)
const set = (turnId: string, values: string) =>
  fixture.database.query(`UPDATE turns SET ${values} WHERE id = $1`, [turnId])

beforeEach(async () => {
  await fixture.database.query('DELETE FROM turns')
})

async function startTurn(conversationId?: string) {
  const worker = await fixture.newWorker()
  const fields = { start: ownedBy(worker) }
  const turn = fixture.newTurn(conversationId ?? (await fixture.newConversation()), fields)
  await fixture.turns.start(turn)
  return { turn, worker }
}

test('a turn that a living process works on is not unanswered, until it is past its deadline', async () => {
  const { turn } = await startTurn()
  await set(turn.turnId, "started_at = now() - interval '620 s'")
  assert.equal(await unanswered(), 0)
  await set(turn.turnId, "started_at = now() - interval '630 s'")
  assert.equal(await unanswered(), 1)
  await fixture.turns.end(endOf(turn))
  assert.equal(await unanswered(), 0)
})

test('one whose process died is unanswered when a lease time and 15 s have gone by, whatever is left of the lease', async () => {
  const { turn, worker } = await startTurn()
  await set(turn.turnId, "started_at = now() - interval '5 minutes'")
  const lapsed = (ago: string) =>
    fixture.database.query(`UPDATE workers SET expires_at = now() - interval '${ago}' WHERE id = $1`, [worker])
  await lapsed('20 s')
  assert.equal(await unanswered(), 0)
  await lapsed('25 s')
  assert.equal(await unanswered(), 1)
  const text = { userId: fixture.userId, turnId: turn.turnId, epoch: 1, seq: 3, after: 0, textStart: 0, content: 'Hi' }
  await fixture.store.logTurns([text])
  assert.equal(await unanswered(), 0, 'something was heard of it')
  await fixture.database.query("UPDATE turn_events SET created_at = now() - interval '25 s'")
  await fixture.store.workers.leave(worker)
  assert.equal(await unanswered(), 1, 'handed over, and nobody took it')
})

test('a queued turn is unanswered when what it waits for has long ended, but not in a deleted conversation', async () => {
  const { turn: first } = await startTurn()
  const { turn: second } = await startTurn(first.conversationId)
  await set(second.turnId, "created_at = now() - interval '9 minutes'")
  assert.equal(await unanswered(), 0)
  await fixture.turns.end(endOf(first))
  assert.equal(await unanswered(), 0, 'there is time to begin it')
  await set(first.turnId, "ended_at = now() - interval '25 s'")
  assert.equal(await unanswered(), 1)
  await fixture.store.of(fixture.userId).conversations.remove(first.conversationId)
  assert.equal(await unanswered(), 0)
})
