import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Conversation, Message } from '#protocol'
import { answersAtPace, answerTo, startAilingCluster } from '../support/ailing-cluster.ts'
import { createTestDatabase } from '../support/database.ts'
import { atEnd, fileScope, type RunningServer, startServer, unlimited, until } from '../support/server.ts'
import { newConversation } from './talk.ts'

const scope = fileScope()
const quick = { firstTokenMs: 60, tokenMs: 20 }
const turnsAtOnce = 24

/** Three equal clusters, each of which may be slowed down, and a server in front of them. */
async function startWithThree() {
  const clusters = await Promise.all(
    ['north', 'east', 'south'].map(async name => {
      const pace = { ...quick }
      return { name, pace, cluster: await startAilingCluster(scope, answersAtPace(pace)) }
    }),
  )
  const database = await createTestDatabase()
  atEnd(scope, database.drop)
  const list = clusters.map(({ name, cluster: { url } }) => `  - { name: ${name}, url: "${url}" }\n`)
  const server = await startServer(scope, {
    env: { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-slowness' },
    yaml: `${unlimited}clusters:\n${list.join('')}`,
  })
  return { clusters, server }
}

/** Asks one question after the other in each of its conversations until it is ended; fails where one is not answered whole. */
function keepAsking(server: RunningServer, conversations: readonly Conversation[]) {
  let turns = 0
  let ended = false
  const ask = async ({ id }: Conversation) => {
    while (!ended) {
      turns += 1
      const content = `What comes after number ${turns} of all the questions that there are?`
      const answer = await server.api('POST', `/conversations/${id}/messages`, { content, parent_id: null })
      assert.equal(answer.status, 200, answer.text)
      const message = Message.parse(answer.body)
      assert.deepEqual([message.content, message.status], [answerTo(content), 'done'])
    }
  }
  const all = Promise.all(conversations.map(ask))
  return {
    get turns() {
      return turns
    },
    /** Resolves when so many more were begun; fails as soon as one fails. */
    async untilMore(more: number): Promise<void> {
      const from = turns
      await Promise.race([until(`${more} more turns`, () => turns >= from + more, 90_000), all])
    },
    async end(): Promise<void> {
      ended = true
      await all
    },
  }
}

test('while one of three clusters is ten times slower nothing fails, its work goes elsewhere, and comes back', async () => {
  const { clusters, server } = await startWithThree()
  const [slow] = clusters
  assert.ok(slow)
  const conversations = await Promise.all(Array.from({ length: turnsAtOnce }, () => newConversation(server)))
  const asking = keepAsking(server, conversations)
  /** Its share of the next so many turns. */
  const shareOf = async (turns: number) => {
    const counts = () => clusters.map(({ cluster }) => cluster.asked.length)
    const before = counts()
    await asking.untilMore(turns)
    const [own = 0, ...others] = counts().map((count, index) => count - (before[index] ?? 0))
    return own / others.reduce((sum, count) => sum + count, own)
  }

  await asking.untilMore(200)
  slow.pace.firstTokenMs *= 10
  slow.pace.tokenMs *= 10
  await asking.untilMore(100)
  const share = await shareOf(500)
  assert.ok(share < 0.1, `it gets ${share} of the turns, not a third as before`)
  Object.assign(slow.pace, quick)
  await until('it has its share again', async () => (await shareOf(100)) > 0.2, 60_000)
  if (asking.turns < 1_000) await asking.untilMore(1_000 - asking.turns)
  await asking.end()
})
