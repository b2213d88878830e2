import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import {
  type AilingCluster,
  type Behaviour,
  breaksAfter,
  endMarker,
  finish,
  openRole,
  piece,
  stallsAfter,
  startAilingCluster,
  streams,
  usage,
} from '../support/ailing-cluster.ts'
import { createTestDatabase } from '../support/database.ts'
import { atEnd, fileScope, type RunningServer, startServer, unlimited, until } from '../support/server.ts'
import { readEvents, showTurn } from '../support/turn-reader.ts'
import { messagesOf, newConversation, say } from './talk.ts'

const scope = fileScope()
let clusters: readonly AilingCluster[]
let server: RunningServer

before(async () => {
  clusters = await Promise.all(['north', 'east'].map(() => startAilingCluster(scope)))
  const database = await createTestDatabase()
  atEnd(scope, database.drop)
  const list = clusters.map(({ url }, index) => `  - { name: cluster-${index}, url: "${url}" }\n`)
  server = await startServer(scope, {
    env: { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-answers-with-a-seam' },
    yaml: `${unlimited}discover: off
cache: { scope: user }
safety: { blocklist: { weapons: [build a bomb] } }
clusters:
${list.join('')}`,
  })
})

const untitled = { title: 'Named, so that no model is asked for a name' }

/** All clusters break off behind the first text of an answer; whoever is asked to go on with it does this. */
function cutBehind(text: string, goOn: Behaviour): void {
  const cut = breaksAfter(openRole, piece(text))
  for (const cluster of clusters)
    cluster.behaviour = (response, asked) => (asked.said === '' ? cut : goOn)(response, asked)
}

const says = (text: string) => streams(openRole, piece(text), finish, usage, endMarker)

test('what two clusters say together is judged as one text', async () => {
  cutBehind('First you build', says(' a bomb, then you rest.'))
  const { id } = await newConversation(server, untitled)
  const shown = showTurn()
  const path = `${server.url}/api/v1/conversations/${id}/messages`
  await readEvents(path, shown, { method: 'POST', body: { content: 'What do I do first?' } })
  assert.equal(shown.text, "I'm not able to provide that type of response.")
  const [, answer] = await messagesOf(server, id)
  assert.partialDeepStrictEqual(answer, { content: shown.text, finish_reason: 'content_filter', category: 'weapons' })
})

test('an answer of two parts is kept as one; one that was cut for good is not', async () => {
  const ask = async () => say(server, (await newConversation(server, untitled)).id, 'Which colours has the sky?')
  cutBehind('Blue, ', breaksAfter(openRole, piece('red')))
  const { id } = await newConversation(server, untitled)
  await server.api('POST', `/conversations/${id}/messages`, { content: 'Which colours has the sky?' })
  const [, cut] = await messagesOf(server, id)
  assert.partialDeepStrictEqual(cut, { content: 'Blue, red', status: 'failed' })

  cutBehind('Blue, ', says('red and grey.'))
  assert.partialDeepStrictEqual(await ask(), { content: 'Blue, red and grey.', cached: false })
  const asked = clusters.reduce((sum, cluster) => sum + cluster.asked.length, 0)
  assert.partialDeepStrictEqual(await ask(), { content: 'Blue, red and grey.', cached: true })
  assert.equal(
    clusters.reduce((sum, cluster) => sum + cluster.asked.length, 0),
    asked,
  )
})

test('a stop behind the seam ends the answer there, with the text of both', async () => {
  let closed = false
  cutBehind('One, ', (response, asked) => {
    response.on('close', () => {
      closed = true
    })
    stallsAfter(openRole, piece('two, '))(response, asked)
  })
  const { id } = await newConversation(server, untitled)
  const shown = showTurn()
  const path = `${server.url}/api/v1/conversations/${id}/messages`
  const reading = readEvents(path, shown, { method: 'POST', body: { content: 'Count for me' } })
  await until('both parts are shown', () => shown.text === 'One, two, ')
  await server.api('POST', `/turns/${shown.turnId}/stop`)
  await reading
  await until('the cluster is let go', () => closed)
  const [, answer] = await messagesOf(server, id)
  assert.partialDeepStrictEqual(answer, { content: 'One, two, ', status: 'stopped', finish_reason: 'stopped' })
})
