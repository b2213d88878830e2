import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '#kit'
import { endOf, ownedBy, storeFixture } from '../../test/support/store-fixture.ts'
import type { NewTurn } from './index.ts'

const fixture = storeFixture()

const messagesOf = (conversationId: string) => fixture.store.of(fixture.userId).messages.list(conversationId, 0, 1_000)

describe('after a crash', () => {
  test("a dead process's turns past their deadline are interrupted and fenced, a living one's are left alone", async () => {
    const dead = await fixture.newWorker()
    const conversationId = await fixture.newConversation()
    const orphan = fixture.newTurn(conversationId, { start: ownedBy(dead) })
    const alive = fixture.newTurn(await fixture.newConversation())
    await fixture.turns.start(orphan)
    await fixture.turns.start(fixture.newTurn(conversationId, { start: ownedBy(dead), parentId: null }))
    await fixture.turns.start(alive)
    await fixture.die(dead)
    await Promise.all([
      fixture.store.sweep.interruptOrphans({ owner: fixture.worker, running: [], deadlineMs: 0 }),
      fixture.store.sweep.interruptOrphans({ owner: fixture.worker, running: [], deadlineMs: 0 }),
    ])
    assert.equal(await fixture.statusOf(orphan), 'interrupted')
    assert.equal(await fixture.statusOf(alive), 'running')
    assert.deepEqual(await fixture.turns.end(endOf(orphan)), { ended: false })
    const answer = (await messagesOf(conversationId)).find(({ id }) => id === orphan.answerId)
    assert.deepEqual([answer?.status, answer?.finish_reason], ['interrupted', 'interrupted'])
    const [row] = await fixture.database.query('SELECT open_message_ids FROM conversations WHERE id = $1', [
      conversationId,
    ])
    assert.deepEqual(row?.open_message_ids, [])
  })

  test('a turn that waited for an interrupted one is found and started', async () => {
    const dead = await fixture.newWorker()
    const conversationId = await fixture.newConversation()
    const [first, second] = [
      fixture.newTurn(conversationId, { start: ownedBy(dead) }),
      fixture.newTurn(conversationId, { start: ownedBy(dead) }),
    ]
    await fixture.turns.start(first)
    await fixture.turns.start(second)
    assert.ok(!(await fixture.store.claimForgotten(fixture.worker)).some(claim => claim.turnId === second.turnId))
    await fixture.die(dead)
    await fixture.store.sweep.interruptOrphans({ owner: fixture.worker, running: [], deadlineMs: 0 })
    const claimed = await fixture.store.claimForgotten(fixture.worker)
    assert.ok(claimed.some(claim => claim.turnId === second.turnId))
  })
})

describe('a bound', () => {
  test('on open turns holds over all conversations of a user, also for sends at once', async () => {
    const owner = await fixture.newUser('Joe')
    const ids = [await fixture.newConversation(owner), await fixture.newConversation(owner)]
    const outcomes: string[] = []
    for (let count = 0; count < 5; count++) {
      const turn = fixture.newTurn(ids[count % 2] ?? '', { start: { ...ownedBy(fixture.worker), mostOpen: 3 } })
      outcomes.push(await fixture.store.of(owner).turns.start(turn))
    }
    assert.deepEqual(outcomes, ['running', 'running', 'queued', 'too_many_open', 'too_many_open'])
  })

  test('on idempotency keys: of many requests under one key exactly one writes', async () => {
    const conversationId = await fixture.newConversation()
    const idempotency = { key: 'k', requestHash: Buffer.from('h') }
    const sends = Array.from({ length: 6 }, () =>
      fixture.newTurn(conversationId, { start: { ...ownedBy(fixture.worker), idempotency } }),
    )
    const outcomes = await Promise.all(sends.map(turn => fixture.turns.start(turn)))
    assert.deepEqual(outcomes.sort(), [...Array(5).fill('key_taken'), 'running'])
    assert.equal((await messagesOf(conversationId)).length, 2)
    const made = await fixture.turns.madeUnder('k')
    assert.deepEqual(
      [made?.requestHash.toString(), await fixture.statusOf({ turnId: made?.objectId } as NewTurn)],
      ['h', 'running'],
    )
    await fixture.database.query("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")
    assert.equal(await fixture.turns.madeUnder('k'), undefined)
  })
})

describe('conversations', () => {
  test('are listed by newest activity, page after page, without loss or repetition', async () => {
    const owner = await fixture.newUser('Eve')
    const made = []
    for (let count = 0; count < 7; count++) made.push(await fixture.newConversation(owner))
    // Equal times, so that the id has to decide.
    await fixture.database.query('UPDATE conversations SET updated_at = now() WHERE user_id = $1', [owner])
    const seen: string[] = []
    for (let after: { updatedAt: Date; id: string } | undefined; ; ) {
      const page = await fixture.store
        .of(owner)
        .conversations.list({ archived: false, projectId: undefined, after, limit: 3 })
      seen.push(...page.map(({ id }) => id))
      const last = page.at(-1)
      if (last === undefined) break
      after = { updatedAt: last.updated_at, id: last.id }
    }
    assert.deepEqual(seen, made.toSorted().reverse())
  })

  test('a temporary one that ran out is gone with the idempotency keys that led to it', async () => {
    const { turns, conversations } = fixture.store.of(fixture.userId)
    const keyed = (key: string) => ({ key, requestHash: Buffer.alloc(32) })
    const id = newId()
    const fields = { title: null, model: 'm', systemPrompt: null, projectId: null }
    await conversations.create({ id, ...fields, expiresAt: new Date(Date.now() + 60_000) }, keyed('created'))
    const start = { ...ownedBy(fixture.worker), idempotency: keyed('sent') }
    await turns.start(fixture.newTurn(id, { start }))
    await turns.start(
      fixture.newTurn(await fixture.newConversation(), { start: { ...start, idempotency: keyed('other') } }),
    )
    await fixture.database.query("UPDATE conversations SET expires_at = now() - interval '1 s' WHERE id = $1", [id])
    await fixture.store.sweep.purge()
    const made = await Promise.all(['created', 'sent', 'other'].map(key => turns.madeUnder(key)))
    assert.deepEqual(
      made.map(object => object !== undefined),
      [false, false, true],
    )
  })

  test('deleted a day ago are gone with everything in them; their usage stays', async () => {
    const conversationId = await fixture.newConversation()
    const turn = fixture.newTurn(conversationId)
    await fixture.turns.start(turn)
    await fixture.turns.end(endOf(turn))
    await fixture.store.of(fixture.userId).conversations.remove(conversationId)
    await fixture.store.sweep.purge()
    assert.ok(await fixture.store.of(fixture.userId).conversations.restore(conversationId))
    await fixture.database.query("UPDATE conversations SET deleted_at = now() - interval '25 hours' WHERE id = $1", [
      conversationId,
    ])
    await fixture.store.sweep.purge()
    for (const table of ['messages', 'turns']) {
      assert.deepEqual(
        await fixture.database.query(`SELECT FROM ${table} WHERE conversation_id = $1`, [conversationId]),
        [],
      )
    }
    assert.equal((await fixture.database.query('SELECT FROM usage WHERE turn_id = $1', [turn.turnId])).length, 1)
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
    const turn = fixture.newTurn(await fixture.newConversation())
    await fixture.turns.start(turn)
    await fixture.turns.end(endOf(turn, { usageId: id }))
    const partitionOf = async () =>
      (await fixture.database.query('SELECT tableoid::regclass::text AS name FROM usage WHERE id = $1', [id]))[0]?.name
    assert.equal(await partitionOf(), 'usage_default')
    await Promise.all([
      fixture.store.sweep.prepareUsagePartitions(ahead),
      fixture.store.sweep.prepareUsagePartitions(ahead),
    ])
    assert.equal(await partitionOf(), `usage_${ahead.toISOString().slice(0, 7).replace('-', '_')}`)
  })
})

describe('the branch of a message', () => {
  test('holds its newest messages up to a number of characters, oldest first, and always the message itself', async () => {
    const conversationId = await fixture.newConversation()
    let leaf = ''
    for (let count = 0; count < 4; count++) {
      const turn = fixture.newTurn(conversationId, { content: `question ${count}` })
      await fixture.turns.start(turn)
      await fixture.turns.end(endOf(turn, { content: `answer ${count}` }))
      leaf = turn.userMessageId
    }
    const branch = async (characters: number) => {
      const { messages } = fixture.store.of(fixture.userId)
      return (await messages.promptContext(conversationId, leaf, characters))?.branch ?? []
    }
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
