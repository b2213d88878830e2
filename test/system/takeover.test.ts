import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { countTo, startCountingCluster } from '../support/counting-cluster.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { atEnd, fileScope, type RunningServer, startServer, until } from '../support/server.ts'
import { followTurn, readEvents, type ShownTurn, showTurn } from '../support/turn-reader.ts'
import { messagesOf, newConversation } from './talk.ts'

const cluster = await startCountingCluster(fileScope(), 100)

interface Servers {
  readonly database: TestDatabase
  readonly servers: readonly [RunningServer, RunningServer]
}

async function startTwo(t: TestContext): Promise<Servers> {
  const database = await createTestDatabase()
  atEnd(t, database.drop)
  const env = { DATABASE_URL: database.url, PARLEY_SECRET: 'the-secret-that-both-servers-have' }
  const start = () => startServer(t, { env, yaml: cluster.yaml })
  return { database, servers: await Promise.all([start(), start()]) }
}

interface Begun {
  readonly conversationId: string
  readonly turnId: string
  /** What the sender is shown, on the server that took the message. */
  readonly shown: ShownTurn
  readonly reading: Promise<number>
}

async function begin(server: RunningServer, question: string): Promise<Begun> {
  const { id: conversationId } = await newConversation(server)
  const shown = showTurn()
  const url = `${server.url}/api/v1/conversations/${conversationId}/messages`
  const reading = readEvents(url, shown, { method: 'POST', body: { content: question } })
  await until('some text is shown', () => shown.text.length > 4)
  return { conversationId, turnId: shown.turnId, shown, reading }
}

const read = (server: RunningServer, turnId: string, shown: ShownTurn) =>
  readEvents(`${server.url}/api/v1/turns/${turnId}/events`, shown, { headers: { 'last-event-id': String(shown.seq) } })

async function answerOf(server: RunningServer, { conversationId }: Begun) {
  const messages = await messagesOf(server, conversationId)
  assert.equal(messages.length, 2)
  return messages[1]
}

describe('two servers on one database', { concurrency: 3 }, () => {
  test('a turn is followed on the other server as it is said, token by token', async t => {
    const { servers } = await startTwo(t)
    const turn = await begin(servers[0], 'count to 30')
    const [events, frames] = [showTurn(), showTurn()]
    frames.apply({ ...startOf(turn), turn_id: turn.turnId })
    await Promise.all([read(servers[1], turn.turnId, events), followTurn(servers[1].url, frames, 1_000), turn.reading])
    for (const shown of [turn.shown, events, frames]) {
      assert.equal(shown.text, countTo(30))
      assert.equal(shown.end?.type, 'done')
    }
    // What the database is asked for comes in flushes of some tokens, at most five a second.
    const tokens = events.growth.filter(({ length }) => length > 30).length
    assert.ok(tokens > 15, `${tokens} pieces`)
  })

  test('stopped on the other server it ends at once, with what was said', async t => {
    const { servers } = await startTwo(t)
    const turn = await begin(servers[0], 'count to 1000')
    const stopped = await servers[1].api('POST', `/turns/${turn.turnId}/stop`)
    assert.equal((stopped.body as { status: string }).status, 'stopped')
    await turn.reading
    assert.ok(turn.shown.end?.type === 'done' && turn.shown.end.finish_reason === 'stopped')
    assert.equal((await answerOf(servers[1], turn))?.content, turn.shown.text)
  })

  test('killed while it answers, the other one goes on, and its readers read on', async t => {
    const { servers } = await startTwo(t)
    const turn = await begin(servers[0], 'count to 200')
    const elsewhere = showTurn()
    const reading = read(servers[1], turn.turnId, elsewhere)
    await until('the other server follows', () => elsewhere.text.length > 4)
    servers[0].kill('SIGKILL')
    await turn.reading
    await Promise.all([reading, read(servers[1], turn.turnId, turn.shown)])
    const answer = await answerOf(servers[1], turn)
    assert.deepEqual([answer?.status, answer?.content], ['done', countTo(200)])
    assert.equal(elsewhere.text, countTo(200))
    assert.equal(turn.shown.text, countTo(200))
  })

  test('a server that was stopped for long and wakes up harms nothing, and shows its readers the truth', async t => {
    const { servers, database } = await startTwo(t)
    const turn = await begin(servers[0], 'count to 250')
    servers[0].kill('SIGSTOP')
    await until(
      'the other one has taken over',
      async () => {
        const [row] = await database.query<{ epoch: number }>('SELECT epoch FROM turns WHERE id = $1', [turn.turnId])
        return row?.epoch === 2
      },
      20_000,
    )
    const shownBefore = turn.shown.text
    servers[0].kill('SIGCONT')
    await turn.reading
    assert.ok(turn.shown.text.startsWith(shownBefore))
    assert.equal(turn.shown.end?.type, 'done')
    assert.ok(turn.shown.seq > 1_000_000, 'it was told by the new owner')
    const answer = await answerOf(servers[0], turn)
    assert.deepEqual([answer?.status, answer?.content], ['done', countTo(250)])
    assert.equal(turn.shown.text, countTo(250))
  })

  test('told to end at once, it hands its turns over, and nothing of what was shown is taken back', async t => {
    const { servers, database } = await startTwo(t)
    const turn = await begin(servers[0], 'count to 150')
    servers[0].kill('SIGINT')
    await until('it ends', () => servers[0].stdout.includes('Once more'))
    const again = setInterval(() => servers[0].kill('SIGINT'), 300)
    assert.equal((await servers[0].exited).code, 0)
    clearInterval(again)
    await turn.reading
    const shownBefore = turn.shown.text
    assert.equal(turn.shown.end, undefined)
    await read(servers[1], turn.turnId, turn.shown)
    assert.ok(turn.shown.growth.every(({ length }, index, all) => length >= (all[index - 1]?.length ?? 0)))
    assert.ok(shownBefore.length > 0)
    assert.equal(turn.shown.text, countTo(150))
    assert.equal((await answerOf(servers[1], turn))?.status, 'done')
    const [row] = await database.query('SELECT takeovers, epoch FROM turns WHERE id = $1', [turn.turnId])
    assert.deepEqual(row, { takeovers: 0, epoch: 2 })
  })
})

/** Where a reader stands who knows only which turn it is. */
const startOf = ({ turnId }: Begun) => ({ type: 'status', turn_id: turnId, state: 'thinking' }) as const
