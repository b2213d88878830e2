import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { before, test } from 'node:test'
import { type Conversation, Message } from '#protocol'
import {
  type AilingCluster,
  answers,
  answerTo,
  type Behaviour,
  endMarker,
  openRole,
  piece,
  refuses,
  reportsError,
  resets,
  stallsAfter,
  startAilingCluster,
  staysSilent,
  talksGarbage,
} from '../support/ailing-cluster.ts'
import { createTestDatabase } from '../support/database.ts'
import { atEnd, fileScope, type RunningServer, startServer, unlimited } from '../support/server.ts'
import { readEvents, type ShownTurn, showTurn } from '../support/turn-reader.ts'
import { messagesOf, newConversation } from './talk.ts'

const scope = fileScope()
const names = ['north', 'east', 'south']
let clusters: readonly AilingCluster[]
let server: RunningServer

/** Takes a moment to begin, as a model does, so that a fault strikes answers that are under way. */
const healthy: Behaviour = (...call) => setTimeout(answers, 10, ...call)

before(async () => {
  clusters = await Promise.all(names.map(() => startAilingCluster(scope, healthy)))
  const database = await createTestDatabase()
  atEnd(scope, database.drop)
  const list = clusters.map(({ url }, index) => `  - { name: ${names[index]}, url: "${url}" }\n`)
  server = await startServer(scope, {
    env: { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-fail-over' },
    yaml: `${unlimited}clusters:\n${list.join('')}`,
  })
})

const turnsAtOnce = 40
const turnsBefore = 40
const turnsWithFault = 60

/** `killed`: the listener closed and every connection broken. */
type Fault = Behaviour | 'killed'

/** One after another, each on the next of the clusters; and what the log calls it. */
const faults: readonly (readonly [Fault, string])[] = [
  ['killed', 'unreachable'],
  [staysSilent, 'silent'],
  [resets, 'unreachable'],
  [refuses(500), 'broken'],
  [refuses(429, {}, { 'retry-after': '1' }), 'busy'],
  [talksGarbage, 'broken'],
  [reportsError, 'broken'],
  ['killed', 'unreachable'],
  [stallsAfter(openRole), 'silent'],
  [refuses(401), 'misconfigured'],
]

test('1,000 turns, 40 at a time, are all answered whole while one of three clusters after another fails', async () => {
  const conversations = await Promise.all(Array.from({ length: turnsAtOnce }, () => newConversation(server)))
  let turns = 0
  for (const [round, [fault, kind]] of faults.entries()) {
    const index = round % clusters.length
    const ailing = clusters[index]
    assert.ok(ailing)
    const asked = ailing.asked.length
    const logged = server.stderr.length
    const words = ['a generation failed', `"${names[index]}"`, `"${kind}"`]
    const isLogged = () => {
      const lines = server.stderr.slice(logged).split('\n')
      return lines.some(line => words.every(word => line.includes(word)))
    }
    let begun = 0
    let left = turnsWithFault
    let struck = false
    const speak = async (conversation: Conversation) => {
      // One that comes back gets work little by little: turns go on until one of them has met the fault.
      while (left > 0 || !isLogged()) {
        const turn = ++begun
        if (struck) left -= 1
        // Only a cluster that has recovered from its last fault, and has work, shows what the next one does.
        if (!struck && turn > turnsBefore && ailing.asked.length > asked) {
          struck = true
          await strike(ailing, fault)
        }
        await askWhole(conversation, `Question ${turn} of round ${round}`)
      }
    }
    await Promise.all(conversations.map(speak))
    turns += begun
    if (fault === 'killed') await ailing.revive()
    ailing.behaviour = healthy
  }
  assert.ok(turns >= 1_000, `${turns}`)
})

async function strike(cluster: AilingCluster, fault: Fault): Promise<void> {
  if (fault === 'killed') await cluster.kill()
  else cluster.behaviour = fault
}

/** A plain call, without history, whose answer must be there, and be that to this question. */
async function askWhole({ id }: Conversation, content: string): Promise<void> {
  const answer = await server.api('POST', `/conversations/${id}/messages`, { content, parent_id: null })
  assert.equal(answer.status, 200, answer.text)
  const message = Message.parse(answer.body)
  assert.deepEqual([message.content, message.status, message.finish_reason], [answerTo(content), 'done', 'stop'])
}

/** What may happen to a stream behind its first text. */
const cuts: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  'the connection breaks': response => response.destroy(),
  'the stream ends': response => response.end(),
  'the end marker comes without a finish reason': response => response.end(endMarker),
  'an error is reported': response => response.write('data: {"error":{"message":"upstream-secret"}}\n\n'),
}

test('a stream that is cut again where another cluster went on is no clean end: that is told, the text of both kept', async () => {
  for (const [cut, breakOff] of Object.entries(cuts)) {
    let begun: ServerResponse | undefined
    for (const cluster of clusters) {
      cluster.behaviour = (response, asked) => {
        begun = response
        stallsAfter(piece(asked.said === '' ? 'Half an' : ' ans'))(response, asked)
      }
    }
    const { id } = await newConversation(server)
    const shown = showTurn()
    const reader: ShownTurn = {
      ...shown,
      apply(event) {
        shown.apply(event)
        if (event.type === 'token' && begun !== undefined) breakOff(begun)
      },
    }
    const content = `What when ${cut}?`
    const url = `${server.url}/api/v1/conversations/${id}/messages`
    await readEvents(url, reader, { method: 'POST', body: { content } })
    assert.equal(shown.text, 'Half an ans')
    assert.ok(shown.end?.type === 'error' && shown.end.code === 'generation_failed', cut)
    const asked = clusters.flatMap(cluster => cluster.asked).filter(({ prompt }) => prompt === content)
    assert.deepEqual(asked.map(({ said }) => said).sort(), ['', 'Half an'])
    const [, kept] = await messagesOf(server, id)
    assert.deepEqual([kept?.content, kept?.status], ['Half an ans', 'failed'])
  }
})
