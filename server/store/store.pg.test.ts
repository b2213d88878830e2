import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newId } from '#kit'
import { createTestStore, type TestDatabase } from '../../test/support/database.ts'
import type { NewTurn, Store, TurnEnd } from './index.ts'

let store: Store
let userId: string
let database: TestDatabase
const worker = newId()

before(async () => {
  ;({ store, userId, database } = await createTestStore())
  await store.workers.renew(worker, 'test')
  await store.sweep.prepareUsagePartitions(new Date())
})
after(async () => {
  await store.close()
  await database.drop()
})

async function newConversation(owner = userId): Promise<string> {
  const id = newId()
  const fields = { title: null, model: 'm', systemPrompt: null, projectId: null, expiresAt: null }
  await store.of(owner).conversations.create({ id, ...fields })
  return id
}

function newTurn(conversationId: string, fields: Partial<NewTurn> = {}): NewTurn {
  const ids = { turnId: newId(), userMessageId: newId(), answerId: newId(), conversationId, owner: worker }
  return { ...ids, parentId: undefined, content: 'Hi', model: 'm', temperature: 0.5, maxTokens: undefined, ...fields }
}

const endOf = (turn: NewTurn, fields: Partial<TurnEnd> = {}): TurnEnd => ({
  turnId: turn.turnId,
  epoch: 1,
  status: 'done',
  finishReason: 'stop',
  content: 'Hello!',
  tokens: 2,
  fault: null,
  generation: {
    id: newId(),
    cluster: 'a',
    model: 'm',
    inputTokens: 1,
    cachedTokens: 0,
    outputTokens: 2,
    firstTokenMs: 5,
    latencyMs: 9,
    outcome: 'complete',
  },
  usageId: newId(),
  ...fields,
})

const turns = () => store.of(userId).turns
const messagesOf = (conversationId: string) => store.of(userId).messages.list(conversationId, 0, 1_000)

describe('the start of a turn', () => {
  test('writes message, pending answer, turn and head together', async () => {
    const conversationId = await newConversation()
    const turn = newTurn(conversationId, { content: 'ü日本😀' })
    assert.equal(await turns().start(turn), 'running')
    const [question, answer] = await messagesOf(conversationId)
    assert.deepEqual([question?.content, question?.status, question?.position], ['ü日本😀', 'done', 1])
    assert.deepEqual([answer?.parent_id, answer?.status, answer?.position], [question?.id, 'running', 2])
    assert.equal((await store.of(userId).conversations.get(conversationId))?.head_id, turn.answerId)
  })

  test('of many sends at once each follows the one before it, and only the first runs', async () => {
    const conversationId = await newConversation()
    const sent = Array.from({ length: 15 }, () => newTurn(conversationId))
    const outcomes = await Promise.all(sent.map(turn => turns().start(turn)))
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
    const conversationId = await newConversation()
    const first = newTurn(conversationId)
    await turns().start(first)
    assert.equal(await turns().start(newTurn(conversationId, { parentId: null })), 'running')
    assert.equal(await turns().start(newTurn(conversationId, { parentId: first.answerId })), 'queued')
    assert.equal(await turns().start(newTurn(conversationId, { parentId: newId() })), 'no_parent')
  })

  test("is refused in somebody else's, an unknown or a deleted conversation, and writes nothing", async () => {
    const stranger = await store.directory.createAdmin({ name: 'Bob', email: 'bob@example.com', passwordHash: null })
    const theirs = await newConversation(stranger)
    const deleted = await newConversation()
    await store.of(userId).conversations.remove(deleted)
    for (const conversationId of [theirs, newId(), deleted]) {
      assert.equal(await turns().start(newTurn(conversationId)), 'no_conversation')
    }
    assert.deepEqual(await store.of(stranger).messages.list(theirs, 0, 10), [])
  })
})

describe('the end of a turn', () => {
  test('writes text, counts, receipt and usage once, however often it is tried', async () => {
    const conversationId = await newConversation()
    const turn = newTurn(conversationId)
    await turns().start(turn)
    assert.deepEqual(await turns().end(endOf(turn)), { ended: true, othersOpen: false })
    assert.deepEqual(await turns().end(endOf(turn, { content: 'again' })), { ended: false })
    const answer = await store.of(userId).messages.answer(conversationId, turn.answerId)
    assert.deepEqual(
      [
        answer?.message.content,
        answer?.message.status,
        answer?.message.tokens,
        answer?.message.served_by,
        answer?.fault,
      ],
      ['Hello!', 'done', 2, 'a', null],
    )
    const spent = await database.query('SELECT output_tokens, cluster, latency_ms FROM usage WHERE turn_id = $1', [
      turn.turnId,
    ])
    assert.deepEqual(spent, [{ output_tokens: 2, cluster: 'a', latency_ms: 9 }])
    const receipts = await database.query('SELECT outcome FROM generations WHERE turn_id = $1', [turn.turnId])
    assert.deepEqual(receipts, [{ outcome: 'complete' }])
  })

  test('under an older epoch is refused', async () => {
    const turn = newTurn(await newConversation())
    await turns().start(turn)
    assert.deepEqual(await turns().end(endOf(turn, { epoch: 0 })), { ended: false })
  })

  test('hands the turns that waited to whoever asks, once', async () => {
    const conversationId = await newConversation()
    const [first, second] = [newTurn(conversationId), newTurn(conversationId)]
    await turns().start(first)
    await turns().start(second)
    assert.deepEqual(await turns().end(endOf(first)), { ended: true, othersOpen: true })
    const claims = await Promise.all(
      Array.from({ length: 5 }, () => turns().claimWaiting(conversationId, first.answerId, worker)),
    )
    assert.deepEqual(
      claims.flat().map(claim => [claim.turnId, claim.userId, claim.temperature, claim.maxTokens]),
      [[second.turnId, userId, 0.5, undefined]],
    )
    assert.equal(await turns().openStatus(second.turnId), 'running')
  })
})

describe('after a crash', () => {
  test("a dead process's turns are interrupted and fenced, a living one's are left alone", async () => {
    const dead = newId()
    await store.workers.renew(dead, 'test')
    const conversationId = await newConversation()
    const orphan = newTurn(conversationId, { owner: dead })
    const alive = newTurn(await newConversation())
    await turns().start(orphan)
    await turns().start(newTurn(conversationId, { owner: dead, parentId: null }))
    await turns().start(alive)
    await store.workers.leave(dead)
    await Promise.all([store.sweep.interruptOrphans(), store.sweep.interruptOrphans()])
    assert.equal(await turns().openStatus(orphan.turnId), undefined)
    assert.equal(await turns().openStatus(alive.turnId), 'running')
    assert.deepEqual(await turns().end(endOf(orphan)), { ended: false })
    const answer = (await messagesOf(conversationId)).find(({ id }) => id === orphan.answerId)
    assert.deepEqual([answer?.status, answer?.finish_reason], ['interrupted', 'interrupted'])
    const [row] = await database.query('SELECT open_message_ids FROM conversations WHERE id = $1', [conversationId])
    assert.deepEqual(row?.open_message_ids, [])
  })

  test('a turn that waited for an interrupted one is found and started', async () => {
    const dead = newId()
    await store.workers.renew(dead, 'test')
    const conversationId = await newConversation()
    const [first, second] = [newTurn(conversationId, { owner: dead }), newTurn(conversationId, { owner: dead })]
    await turns().start(first)
    await turns().start(second)
    assert.ok(!(await store.claimForgotten(worker)).some(claim => claim.turnId === second.turnId))
    await store.workers.leave(dead)
    await store.sweep.interruptOrphans()
    const claimed = await store.claimForgotten(worker)
    assert.ok(claimed.some(claim => claim.turnId === second.turnId))
  })
})

describe('conversations', () => {
  test('are listed by newest activity, page after page, without loss or repetition', async () => {
    const owner = await store.directory.createAdmin({ name: 'Eve', email: 'eve@example.com', passwordHash: null })
    const made = []
    for (let count = 0; count < 7; count++) made.push(await newConversation(owner))
    // Equal times, so that the id has to decide.
    await database.query('UPDATE conversations SET updated_at = now() WHERE user_id = $1', [owner])
    const seen: string[] = []
    for (let after: { updatedAt: Date; id: string } | undefined; ; ) {
      const page = await store.of(owner).conversations.list({ archived: false, projectId: undefined, after, limit: 3 })
      seen.push(...page.map(({ id }) => id))
      const last = page.at(-1)
      if (last === undefined) break
      after = { updatedAt: last.updated_at, id: last.id }
    }
    assert.deepEqual(seen, made.toSorted().reverse())
  })

  test('deleted a day ago are gone with everything in them; their usage stays', async () => {
    const conversationId = await newConversation()
    const turn = newTurn(conversationId)
    await turns().start(turn)
    await turns().end(endOf(turn))
    await store.of(userId).conversations.remove(conversationId)
    await store.sweep.purge()
    assert.ok(await store.of(userId).conversations.restore(conversationId))
    await database.query("UPDATE conversations SET deleted_at = now() - interval '25 hours' WHERE id = $1", [
      conversationId,
    ])
    await store.sweep.purge()
    for (const table of ['messages', 'turns']) {
      assert.deepEqual(await database.query(`SELECT FROM ${table} WHERE conversation_id = $1`, [conversationId]), [])
    }
    assert.equal((await database.query('SELECT FROM usage WHERE turn_id = $1', [turn.turnId])).length, 1)
  })
})

describe('usage', () => {
  test('lands in the partition of its month, also when a jumping clock was ahead of the partitions', async () => {
    const ahead = new Date(Date.now() + 200 * 86_400_000)
    const id = `${ahead
      .getTime()
      .toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})/, '$1-')}-7000-8000-000000000000`
    const turn = newTurn(await newConversation())
    await turns().start(turn)
    await turns().end(endOf(turn, { usageId: id }))
    const partitionOf = async () =>
      (await database.query('SELECT tableoid::regclass::text AS name FROM usage WHERE id = $1', [id]))[0]?.name
    assert.equal(await partitionOf(), 'usage_default')
    await Promise.all([store.sweep.prepareUsagePartitions(ahead), store.sweep.prepareUsagePartitions(ahead)])
    assert.equal(await partitionOf(), `usage_${ahead.toISOString().slice(0, 7).replace('-', '_')}`)
  })
})

describe('the branch of a message', () => {
  test('holds its newest messages up to a number of characters, oldest first, and always the message itself', async () => {
    const conversationId = await newConversation()
    let leaf = ''
    for (let count = 0; count < 4; count++) {
      const turn = newTurn(conversationId, { content: `question ${count}` })
      await turns().start(turn)
      await turns().end(endOf(turn, { content: `answer ${count}` }))
      leaf = turn.userMessageId
    }
    const branch = (characters: number) => store.of(userId).messages.branch(conversationId, leaf, characters)
    assert.equal((await branch(10_000)).length, 7)
    assert.deepEqual(
      (await branch(30)).map(({ content }) => content),
      ['question 2', 'answer 2', 'question 3'],
    )
    assert.deepEqual(
      (await branch(1)).map(({ content }) => content),
      ['question 3'],
    )
  })
})
