import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '#kit'
import { endOf, ownedBy, storeFixture } from '../../test/support/store-fixture.ts'
import type { LoggedText, NewTurn } from './index.ts'

const fixture = storeFixture()
const deadlineMs = 600_000

async function startOwnedBy(owner: string, conversationId?: string): Promise<NewTurn> {
  const turn = fixture.newTurn(conversationId ?? (await fixture.newConversation()), { start: ownedBy(owner) })
  await fixture.turns.start(turn)
  return turn
}

const textOf = (turn: NewTurn, fields: Partial<LoggedText>): LoggedText => ({
  userId: fixture.userId,
  turnId: turn.turnId,
  epoch: 1,
  seq: 5,
  after: 0,
  textStart: 0,
  content: 'Half an ans',
  ...fields,
})

const takeOver = (owner: string, fields: { readonly reap?: boolean; readonly deadlineMs?: number } = {}) =>
  fixture.store.takeOver({ owner, running: [], deadlineMs, reap: true, ...fields })

const rowsOf = (turn: NewTurn) =>
  fixture.database.query(
    'SELECT epoch, seq::int, text_start, content FROM turn_events WHERE turn_id = $1 ORDER BY epoch, seq',
    [turn.turnId],
  )

describe('a takeover', () => {
  test("goes on from the text that a dead process's log holds, as one row, and fences what the dead one may still write", async () => {
    const [dead, survivor] = [await fixture.newWorker(), await fixture.newWorker()]
    const turn = await startOwnedBy(dead)
    const living = await startOwnedBy(fixture.worker)
    await fixture.store.logTurns([textOf(turn, {})])
    await fixture.store.logTurns([textOf(turn, { seq: 7, after: 5, textStart: 11, content: 'wer 😀' })])
    await fixture.die(dead)
    const [taken, ...others] = await takeOver(survivor)
    assert.deepEqual(others, [])
    assert.equal(taken?.turnId, turn.turnId)
    assert.deepEqual([taken?.prefix, taken?.epoch, taken?.userId], ['Half an answer 😀', 2, fixture.userId])
    const { lastSeq = 0, loggedSeq, loggedFrom, stopRequested } = taken?.taken ?? {}
    assert.ok(lastSeq > 1_000_000)
    assert.deepEqual([loggedSeq, loggedFrom, stopRequested], [lastSeq, 0, false])
    assert.deepEqual(await rowsOf(turn), [{ epoch: 2, seq: lastSeq, text_start: 0, content: 'Half an answer 😀' }])
    assert.equal(await fixture.statusOf(living), 'running')

    assert.deepEqual(await fixture.turns.end(endOf(turn)), { ended: false })
    await fixture.store.logTurns([textOf(turn, { seq: 9, after: 7, textStart: 17 })])
    assert.equal((await rowsOf(turn)).length, 1)
    assert.ok((await fixture.turns.end(endOf(turn, { epoch: 2 }))).ended)
  })

  test('keeps the text that a continued answer had before, and the wish to stop', async () => {
    const [dead, survivor] = [await fixture.newWorker(), await fixture.newWorker()]
    const conversationId = await fixture.newConversation()
    const first = await startOwnedBy(dead, conversationId)
    await fixture.turns.end(endOf(first, { status: 'stopped', finishReason: 'stopped', content: 'Once ' }))
    const turnId = newId()
    await fixture.turns.goOn({ turnId, conversationId, answerId: first.answerId, start: ownedBy(dead) })
    await fixture.store.logTurns([textOf({ ...first, turnId }, { textStart: 5, content: 'upon' })])
    await fixture.turns.stop(turnId)
    await fixture.die(dead)
    const [taken] = await takeOver(survivor)
    assert.equal(taken?.prefix, 'Once upon')
    assert.deepEqual([taken?.taken?.loggedFrom, taken?.taken?.stopRequested], [5, true])
  })

  test('happens twice at most; then the turn is interrupted, with all its text', async () => {
    const turn = await startOwnedBy(newId())
    await fixture.store.logTurns([textOf(turn, {})])
    for (const epoch of [2, 3]) {
      const next = await fixture.newWorker()
      const [taken] = await takeOver(next)
      assert.equal(taken?.epoch, epoch)
      await fixture.die(next)
    }
    assert.deepEqual(await takeOver(fixture.worker), [])
    assert.equal(await fixture.store.sweep.interruptOrphans({ owner: fixture.worker, running: [], deadlineMs }), 1)
    assert.equal(await fixture.statusOf(turn), 'interrupted')
    const answer = await fixture.store.of(fixture.userId).messages.get(turn.conversationId, turn.answerId)
    assert.equal(answer?.content, 'Half an ans')
  })

  test('of a turn that was handed over is no crash, and waits for no lease', async () => {
    const [leaving, next] = [await fixture.newWorker(), await fixture.newWorker()]
    const [handed, orphan] = [await startOwnedBy(leaving), await startOwnedBy(newId())]
    await fixture.store.workers.leave(leaving)
    const taken = await takeOver(next, { reap: false })
    assert.deepEqual(
      taken.map(({ turnId, epoch }) => [turnId, epoch]),
      [[handed.turnId, 2]],
    )
    const [row] = await fixture.database.query('SELECT takeovers FROM turns WHERE id = $1', [handed.turnId])
    assert.deepEqual(row, { takeovers: 0 })
    assert.deepEqual(
      (await takeOver(next)).map(({ turnId }) => turnId),
      [orphan.turnId],
    )
  })

  test('of many is shared by those who are there, and gives none to two', async () => {
    const workers = await Promise.all([fixture.newWorker(), fixture.newWorker(), fixture.newWorker()])
    const dead = newId()
    const turns = await Promise.all(Array.from({ length: 200 }, () => startOwnedBy(dead)))
    const taken: string[][] = await Promise.all(
      workers.map(async worker => {
        const own: string[] = []
        for (let slice = await takeOver(worker); slice.length > 0; slice = await takeOver(worker))
          own.push(...slice.map(({ turnId }) => turnId))
        return own
      }),
    )
    assert.deepEqual(taken.flat().sort(), turns.map(({ turnId }) => turnId).sort())
    assert.ok(taken.every(own => own.length > 0))
  })

  test('finds a turn of its own that it does not know of, but leaves a start time to be looked up', async () => {
    const worker = await fixture.newWorker()
    const turn = await startOwnedBy(worker)
    assert.deepEqual(await takeOver(worker), [])
    await fixture.database.query("UPDATE turns SET started_at = now() - interval '16 s' WHERE id = $1", [turn.turnId])
    assert.deepEqual(
      (await fixture.store.takeOver({ owner: worker, running: [turn.turnId], deadlineMs, reap: true })).length,
      0,
    )
    assert.equal((await takeOver(worker))[0]?.turnId, turn.turnId)
  })

  test('whose answer was lost leaves no turn running for ever, though its owner lives', async () => {
    const worker = await fixture.newWorker()
    const turn = await startOwnedBy(newId())
    await fixture.database.query(`UPDATE turns SET takeovers = 1, started_at = now() - interval '16 s' WHERE id = $1`, [
      turn.turnId,
    ])
    assert.equal((await takeOver(worker))[0]?.turnId, turn.turnId)
    assert.deepEqual(await takeOver(worker), [])
    const which = { owner: worker, deadlineMs }
    assert.equal(await fixture.store.sweep.interruptOrphans({ ...which, running: [turn.turnId] }), 0)
    assert.equal(await fixture.store.sweep.interruptOrphans({ ...which, running: [] }), 1)
    assert.equal(await fixture.statusOf(turn), 'interrupted')
  })

  test('is not worth it past the deadline', async () => {
    const turn = await startOwnedBy(newId())
    assert.deepEqual(await takeOver(fixture.worker, { deadlineMs: 0 }), [])
    await fixture.store.sweep.interruptOrphans({ owner: fixture.worker, running: [], deadlineMs: 0 })
    assert.equal(await fixture.statusOf(turn), 'interrupted')
  })
})

describe('the log of a running turn', () => {
  test('that misses what a crash of the database withdrew is found out, and written anew as a whole', async () => {
    const turn = await startOwnedBy(fixture.worker)
    const log = async (fields: Partial<LoggedText>) => [...(await fixture.store.logTurns([textOf(turn, fields)]))]
    assert.deepEqual(await log({ seq: 3, content: 'One ' }), [])
    assert.deepEqual(await log({ seq: 5, after: 3, textStart: 4, content: 'two ' }), [])
    await fixture.database.query('DELETE FROM turn_events WHERE turn_id = $1 AND seq = 5', [turn.turnId])
    assert.deepEqual(await log({ seq: 7, after: 5, textStart: 8, content: 'three ' }), [turn.turnId])
    assert.equal((await rowsOf(turn)).length, 1, 'nothing stands behind a hole')
    assert.deepEqual(await log({ seq: 7, after: null, textStart: 0, content: 'One two three ' }), [])
    assert.deepEqual(await rowsOf(turn), [{ epoch: 1, seq: 7, text_start: 0, content: 'One two three ' }])
    assert.deepEqual(await log({ seq: 8, after: 7, textStart: 14, content: 'four' }), [])
  })

  test('doubles nothing when a flush was committed though its answer was lost', async () => {
    const turn = await startOwnedBy(fixture.worker)
    await fixture.store.logTurns([textOf(turn, { seq: 3, content: 'One ' })])
    const again = textOf(turn, { seq: 5, content: 'One two ' })
    assert.deepEqual([...(await fixture.store.logTurns([again]))], [turn.turnId])
    await fixture.store.logTurns([{ ...again, after: null }])
    assert.deepEqual(await rowsOf(turn), [{ epoch: 1, seq: 5, text_start: 0, content: 'One two ' }])
  })
})
