import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { answerText, answerTo, questionOf } from '../../bench/chaos/answer-text.ts'
import { type ClusterProcess, startClusterProcess } from '../support/cluster-processes.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { atEnd, fileScope, type RunningServer, startServer, unlimited, until } from '../support/server.ts'
import { readEvents, type ShownTurn, showTurn } from '../support/turn-reader.ts'
import { messagesOf, newConversation } from './talk.ts'

const scope = fileScope()
let clusters: readonly ClusterProcess[]
let database: TestDatabase
let server: RunningServer

before(async () => {
  clusters = await Promise.all(['north', 'east', 'south'].map(name => startClusterProcess(scope, name)))
  database = await createTestDatabase()
  atEnd(scope, database.drop)
  const list = clusters.map(({ name, url }) => `  - { name: ${name}, url: "${url}" }\n`)
  server = await startServer(scope, {
    env: { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-going-on' },
    yaml: `${unlimited}discover: off\ncache: { scope: off }\nclusters:\n${list.join('')}`,
  })
})

const turnsAtOnce = 15
/** Its last token is held back until the fault has been dealt. */
const wish = { tokens: 90, rate: 60 }

/** What may happen to a cluster while it answers, and what makes it well again. */
const faults: Readonly<Record<string, (cluster: ClusterProcess) => Promise<() => unknown>>> = {
  async 'is killed'(cluster) {
    await cluster.kill()
    return cluster.start
  },
  async 'closes its connections'(cluster) {
    await cluster.ask({ do: 'break off', by: 'closing' })
    return () => {}
  },
  async 'ends its streams'(cluster) {
    await cluster.ask({ do: 'break off', by: 'ending' })
    return () => {}
  },
  async 'reports an error'(cluster) {
    await cluster.ask({ do: 'break off', by: 'an error' })
    return () => {}
  },
  async 'stands still'(cluster) {
    cluster.pause()
    return cluster.goOn
  },
}

let round = 0
for (const [what, strike] of Object.entries(faults)) {
  test(`when one of three clusters ${what}, every answer under way is what it would have been`, async () => {
    round += 1
    await tellAll(clusters, 'hold')
    const turns = await Promise.all(Array.from({ length: turnsAtOnce }, (_, place) => begin(place)))
    await until('all are being answered', () => turns.every(({ shown }) => shown.text.length > 20))
    const victim = await busiest()
    const heal = await strike(victim)
    await tellAll(
      clusters.filter(cluster => cluster !== victim),
      'let go on',
    )
    await Promise.all(turns.map(({ reading }) => reading))
    await heal()
    await tellAll([victim], 'let go on')
    for (const { question, shown, conversationId } of turns) {
      assert.equal(shown.text, answerText(question))
      assert.ok(shown.end?.type === 'done', JSON.stringify(shown.end))
      const [, answer] = await messagesOf(server, conversationId)
      assert.deepEqual([answer?.content, answer?.status, answer?.finish_reason], [shown.text, 'done', 'stop'])
    }
    await assertCountedOnce(turns, victim)
  })
}

interface Begun {
  readonly question: string
  readonly conversationId: string
  readonly shown: ShownTurn
  readonly reading: Promise<number>
}

async function begin(place: number): Promise<Begun> {
  const question = questionOf('going-on', place, round, wish)
  // It has a title: asking for one would keep a cluster busy that may answer nobody.
  const { id: conversationId } = await newConversation(server, { title: question })
  const shown = showTurn()
  const url = `${server.url}/api/v1/conversations/${conversationId}/messages`
  return {
    question,
    conversationId,
    shown,
    reading: readEvents(url, shown, { method: 'POST', body: { content: question } }),
  }
}

async function tellAll(some: readonly ClusterProcess[], what: 'hold' | 'let go on'): Promise<void> {
  await Promise.all(some.map(cluster => cluster.ask({ do: what })))
}

async function busiest(): Promise<ClusterProcess> {
  const loads = await Promise.all(
    clusters.map(async cluster => ({ cluster, ...(await cluster.ask({ do: 'tell', question: '' })) })),
  )
  const [most] = loads.toSorted((a, b) => b.streams - a.streams)
  assert.ok(most !== undefined && most.streams > 0)
  return most.cluster
}

interface Receipt {
  readonly turn_id: string
  readonly cluster: string
  readonly outcome: string
  readonly reasons: { readonly went_on_at?: number }
  readonly input_tokens: number
  readonly output_tokens: number
}

/** Each part has its receipt, and the bill is their sum. */
async function assertCountedOnce(turns: readonly Begun[], victim: ClusterProcess): Promise<void> {
  let seams = 0
  for (const { question, shown } of turns) {
    const receipts = await database.query<Receipt>(
      'SELECT turn_id, cluster, outcome, reasons, input_tokens, output_tokens FROM generations WHERE turn_id = $1',
      [shown.turnId],
    )
    const bills = await database.query<Pick<Receipt, 'input_tokens' | 'output_tokens'>>(
      "SELECT input_tokens, output_tokens FROM usage WHERE turn_id = $1 AND purpose = 'answer'",
      [shown.turnId],
    )
    const sum = (of: 'input_tokens' | 'output_tokens') => receipts.reduce((total, receipt) => total + receipt[of], 0)
    assert.deepEqual(bills, [{ input_tokens: sum('input_tokens'), output_tokens: sum('output_tokens') }])
    assert.ok(shown.end?.type === 'done' && shown.end.usage?.output_tokens === sum('output_tokens'))
    const cut = receipts.filter(({ outcome }) => outcome === 'cut')
    assert.equal(receipts.filter(({ outcome }) => outcome === 'complete').length, 1)
    assert.ok(cut.length <= 1)
    for (const { cluster, reasons, output_tokens } of cut) {
      seams += 1
      assert.equal(cluster, victim.name)
      const said = answerTo(question).tokens.slice(0, output_tokens).join('')
      assert.equal(reasons.went_on_at, said.length, 'what was said is counted')
    }
  }
  assert.ok(seams > 0, 'some went on elsewhere')
}
