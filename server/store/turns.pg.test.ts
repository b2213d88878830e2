import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import pg from 'pg'
import { newId } from '#kit'
import { until } from '../../test/support/server.ts'
import { endOf, ownedBy, storeFixture } from '../../test/support/store-fixture.ts'

const fixture = storeFixture()

const messagesOf = (conversationId: string) => fixture.store.of(fixture.userId).messages.list(conversationId, 0, 1_000)

describe('the start of a turn', () => {
  test('writes message, pending answer, turn and head together', async () => {
    const conversationId = await fixture.newConversation()
    const turn = fixture.newTurn(conversationId, { content: 'ü日本😀' })
    assert.equal(await fixture.turns.start(turn), 'running')
    const [question, answer] = await messagesOf(conversationId)
    assert.deepEqual([question?.content, question?.status, question?.position], ['ü日本😀', 'done', 1])
    assert.deepEqual([answer?.parent_id, answer?.status, answer?.position], [question?.id, 'running', 2])
    assert.equal((await fixture.store.of(fixture.userId).conversations.get(conversationId))?.head_id, turn.answerId)
  })

  test('of many sends at once each follows the one before it, and only the first runs', async () => {
    const conversationId = await fixture.newConversation()
    const sent = Array.from({ length: 15 }, () => fixture.newTurn(conversationId))
    const outcomes = await Promise.all(sent.map(turn => fixture.turns.start(turn)))
    assert.deepEqual(outcomes.sort(), [...Array(14).fill('queued'), 'running'])
    const messages = await messagesOf(conversationId)
    assert.deepEqual(
      messages.map(message => message.position),
      messages.map((_, index) => index + 1),
    )
    for (const [index, message] of messages.entries()) {
      assert.equal(message.parent_id, messages[index - 1]?.id ?? null)
    }
  })

  test('a null parent starts a new root, another branch does not wait, an unknown parent is refused', async () => {
    const conversationId = await fixture.newConversation()
    const first = fixture.newTurn(conversationId)
    await fixture.turns.start(first)
    assert.equal(await fixture.turns.start(fixture.newTurn(conversationId, { parentId: null })), 'running')
    assert.equal(await fixture.turns.start(fixture.newTurn(conversationId, { parentId: first.answerId })), 'queued')
    assert.equal(await fixture.turns.start(fixture.newTurn(conversationId, { parentId: newId() })), 'no_message')
  })

  test("is refused in somebody else's, an unknown or a deleted conversation, and writes nothing", async () => {
    const stranger = await fixture.newUser('Bob')
    const theirs = await fixture.newConversation(stranger)
    const deleted = await fixture.newConversation()
    await fixture.store.of(fixture.userId).conversations.remove(deleted)
    for (const conversationId of [theirs, newId(), deleted]) {
      assert.equal(await fixture.turns.start(fixture.newTurn(conversationId)), 'no_conversation')
    }
    assert.deepEqual(await fixture.store.of(stranger).messages.list(theirs, 0, 10), [])
  })
})

describe('the end of a turn', () => {
  test('writes text, counts, receipt and usage once, however often it is tried', async () => {
    const conversationId = await fixture.newConversation()
    const turn = fixture.newTurn(conversationId)
    await fixture.turns.start(turn)
    const ended = await fixture.turns.end(endOf(turn))
    assert.ok(ended.ended && !ended.othersOpen)
    assert.deepEqual(await fixture.turns.end(endOf(turn, { content: 'again' })), { ended: false })
    const answer = await fixture.store.of(fixture.userId).messages.get(conversationId, turn.answerId)
    assert.deepEqual(ended.answer, answer)
    assert.deepEqual([answer?.content, answer?.status, answer?.tokens, answer?.served_by], ['Hello!', 'done', 2, 'a'])
    const spent = await fixture.database.query(
      'SELECT output_tokens, cluster, latency_ms FROM usage WHERE turn_id = $1',
      [turn.turnId],
    )
    assert.deepEqual(spent, [{ output_tokens: 2, cluster: 'a', latency_ms: 9 }])
    const receipts = await fixture.database.query('SELECT outcome FROM generations WHERE turn_id = $1', [turn.turnId])
    assert.deepEqual(receipts, [{ outcome: 'complete' }])
  })

  test('under an older epoch is refused', async () => {
    const turn = fixture.newTurn(await fixture.newConversation())
    await fixture.turns.start(turn)
    assert.deepEqual(await fixture.turns.end(endOf(turn, { epoch: 0 })), { ended: false })
  })

  test('hands the turns that waited to whoever asks, once', async () => {
    const conversationId = await fixture.newConversation()
    const [first, second] = [fixture.newTurn(conversationId), fixture.newTurn(conversationId)]
    await fixture.turns.start(first)
    await fixture.turns.start(second)
    const ended = await fixture.turns.end(endOf(first))
    assert.ok(ended.ended && ended.othersOpen)
    const claims = await Promise.all(
      Array.from({ length: 5 }, () => fixture.turns.claimWaiting(conversationId, first.answerId, fixture.worker)),
    )
    assert.deepEqual(
      claims.flat().map(claim => [claim.turnId, claim.userId, claim.temperature, claim.maxTokens]),
      [[second.turnId, fixture.userId, 0.5, undefined]],
    )
    assert.equal(await fixture.statusOf(second), 'running')
  })
})

describe('a running turn', () => {
  test('leaves its logged text in the interrupted answer when its process dies, and its log goes away', async () => {
    const dead = await fixture.newWorker()
    const conversationId = await fixture.newConversation()
    const turn = fixture.newTurn(conversationId, { start: ownedBy(dead) })
    await fixture.turns.start(turn)
    const log = (seq: number, after: number, textStart: number, content: string, epoch = 1) =>
      fixture.store.logTurns([{ userId: fixture.userId, turnId: turn.turnId, epoch, seq, after, textStart, content }])
    await log(3, 0, 0, 'Hel')
    await log(9, 3, 3, 'lo, wor')
    await log(12, 9, 10, 'fenced', 2)
    await fixture.die(dead)
    await fixture.store.sweep.interruptOrphans({ owner: fixture.worker, running: [], deadlineMs: 0 })
    await log(15, 9, 10, 'too late')
    assert.equal((await messagesOf(conversationId)).at(-1)?.content, 'Hello, wor')
    assert.ok(((await fixture.turns.get(turn.turnId))?.last_seq ?? 0) > 1_000_000)
    assert.deepEqual(await fixture.database.query('SELECT FROM turn_events WHERE turn_id = $1', [turn.turnId]), [])
  })

  test('keeps the wish to stop a queued one that begins to run in that very moment', async () => {
    const conversationId = await fixture.newConversation()
    const [first, second] = [fixture.newTurn(conversationId), fixture.newTurn(conversationId)]
    await fixture.turns.start(first)
    await fixture.turns.start(second)
    await fixture.turns.end(endOf(first))
    const claiming = new pg.Client(fixture.database.connection)
    await claiming.connect()
    await claiming.query('BEGIN')
    await claiming.query("UPDATE turns SET status = 'running', owner = $2, started_at = now() WHERE id = $1", [
      second.turnId,
      fixture.worker,
    ])
    const stopped = fixture.turns.stop(second.turnId)
    await until('the stop waits for the claim', async () => {
      const waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
      return (await fixture.database.query(waiting)).length > 0
    })
    await claiming.query('COMMIT')
    await claiming.end()
    assert.equal((await stopped)?.status, 'running')
    assert.ok((await fixture.store.stopsRequested(fixture.worker)).includes(second.turnId))
    await fixture.turns.end(endOf(second))
  })

  test('keeps the wish to stop until its owner sees it; a queued one is stopped at once', async () => {
    const conversationId = await fixture.newConversation()
    const [first, second] = [fixture.newTurn(conversationId), fixture.newTurn(conversationId)]
    await fixture.turns.start(first)
    await fixture.turns.start(second)
    assert.equal((await fixture.turns.stop(second.turnId))?.status, 'stopped')
    assert.equal((await fixture.turns.stop(first.turnId))?.status, 'running')
    assert.ok((await fixture.store.stopsRequested(fixture.worker)).includes(first.turnId))
    const ended = await fixture.turns.end(endOf(first, { status: 'stopped', finishReason: 'stopped' }))
    assert.ok(ended.ended && !ended.othersOpen)
    assert.ok(!(await fixture.store.stopsRequested(fixture.worker)).includes(first.turnId))
    assert.equal((await fixture.turns.stop(first.turnId))?.status, 'stopped')
  })
})

describe('beginning again', () => {
  const startTerms = ownedBy(fixture.worker)

  test('a regenerated answer stands beside the first, under the same question', async () => {
    const conversationId = await fixture.newConversation()
    const turn = fixture.newTurn(conversationId)
    await fixture.turns.start(turn)
    await fixture.turns.end(endOf(turn))
    const again = { turnId: newId(), conversationId, siblingOf: turn.answerId, answerId: newId(), model: 'other' }
    assert.equal(await fixture.turns.regenerate({ ...again, start: startTerms }), 'running')
    const [question, first, second] = await messagesOf(conversationId)
    assert.deepEqual([first?.content, first?.parent_id], ['Hello!', question?.id])
    assert.deepEqual([second?.id, second?.parent_id, second?.model], [again.answerId, question?.id, 'other'])
    const noAnswer = { ...again, turnId: newId(), answerId: newId(), siblingOf: turn.userMessageId, start: startTerms }
    assert.equal(await fixture.turns.regenerate(noAnswer), 'no_message')
  })

  test('an answer that ended early is continued by a new turn, once at a time; its text and tokens add up', async () => {
    const conversationId = await fixture.newConversation()
    const turn = fixture.newTurn(conversationId)
    const goOn = () => ({ turnId: newId(), conversationId, answerId: turn.answerId, start: startTerms })
    await fixture.turns.start(turn)
    assert.equal(await fixture.turns.goOn(goOn()), 'no_message')
    await fixture.turns.end(endOf(turn, { status: 'stopped', finishReason: 'stopped' }))
    const next = goOn()
    const outcomes = await Promise.all([fixture.turns.goOn(next), fixture.turns.goOn(goOn())])
    assert.deepEqual(outcomes.sort(), ['no_message', 'running'])
    const open = await fixture.turns.openOn(conversationId, turn.answerId)
    assert.equal(open?.user_message_id, turn.userMessageId)
    const ended = await fixture.turns.end(
      endOf({ ...turn, turnId: open?.id ?? '' }, { content: 'Hello! More.', tokens: 3 }),
    )
    assert.deepEqual(ended.ended && [ended.answer.content, ended.answer.tokens], ['Hello! More.', 5])
    assert.equal(await fixture.turns.goOn(goOn()), 'no_message')
  })
})
