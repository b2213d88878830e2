import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { before, describe, test } from 'node:test'
import { type ClusterInfo, ClusterInfo as ClusterInfoSchema, ClusterPage, TurnDetails } from '#protocol'
import {
  type AilingCluster,
  answers,
  answerTo,
  endMarker,
  finish,
  piece,
  refuses,
  stallsAfter,
  startAilingCluster,
} from '../support/ailing-cluster.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { atEnd, fileScope, unlimited, until } from '../support/server.ts'
import { startWired, type WiredServer } from '../support/wired-server.ts'
import { type Api, addUser, newConversation, problemOf, say } from './talk.ts'

const file = fileScope()

async function clusterOf({ api }: Api, name: string): Promise<ClusterInfo> {
  const answer = await api('GET', '/admin/clusters')
  assert.equal(answer.status, 200, answer.text)
  const cluster = ClusterPage.parse(answer.body).data.find(one => one.name === name)
  assert.ok(cluster)
  return cluster
}

async function steer({ api }: Api, idOrName: string, change: object): Promise<ClusterInfo> {
  const answer = await api('PATCH', `/admin/clusters/${encodeURIComponent(idOrName)}`, change)
  assert.equal(answer.status, 200, answer.text)
  return ClusterInfoSchema.parse(answer.body)
}

/** Which cluster answers a new conversation. */
async function whoAnswers(server: Api): Promise<string | undefined> {
  return (await say(server, (await newConversation(server, { title: 'Named' })).id, 'Hello')).served_by?.cluster
}

describe('a cluster of parley.yaml', () => {
  let database: TestDatabase
  let clusters: { readonly north: AilingCluster; readonly south: AilingCluster }
  let first: WiredServer
  let second: WiredServer

  before(async () => {
    database = await createTestDatabase()
    atEnd(file, database.drop)
    const [north, south] = [await startAilingCluster(file), await startAilingCluster(file)]
    clusters = { north, south }
    const entries = [`name: north/1, region: eu, url: "${north.url}"`, `name: south, url: "${south.url}", capacity: 8`]
    const yaml = `${unlimited}cache: { scope: off }\nclusters: [${entries.map(entry => `{ ${entry} }`).join()}]\n`
    const start = () => startWired(file, { database, localPorts: [], yaml })
    ;[first, second] = await Promise.all([start(), start()])
  })

  test('that is drained through one server gets nothing new through any within 5 s, and ends what it has begun', async () => {
    let begun: ServerResponse | undefined
    clusters.north.behaviour = (response, asked) => {
      begun = response
      stallsAfter(piece('Half'))(response, asked)
    }
    await steer(first, 'south', { state: 'draining' })
    const answering = say(first, (await newConversation(first)).id, 'Hello')
    const stalled = await until('it has begun', () => begun)
    clusters.north.behaviour = answers
    await steer(first, 'south', { state: 'enabled' })
    const drained = await steer(first, 'north/1', { state: 'draining' })
    assert.deepEqual([drained.state, drained.weight, drained.ready, drained.region], ['draining', 1, false, 'eu'])
    assert.equal(drained.load.own.unanswered + drained.load.own.streaming, 1)
    for (let asked = 0; asked < 3; asked++) assert.equal(await whoAnswers(first), 'south')
    await until('the other follows', async () => (await clusterOf(second, 'north/1')).state === 'draining', 5_000)
    for (let asked = 0; asked < 3; asked++) assert.equal(await whoAnswers(second), 'south')
    stalled.end(`${piece(' and half')}${finish}${endMarker}`)
    assert.equal((await answering).content, 'Half and half')

    await steer(second, 'south', { state: 'disabled' })
    await until('the first follows', async () => (await clusterOf(first, 'south')).state === 'disabled', 5_000)
    const { id } = await newConversation(first, { title: 'Named' })
    problemOf(await first.api('POST', `/conversations/${id}/messages`, { content: 'Hi' }), 503, 'model_unavailable')
    await steer(first, 'north/1', { state: 'enabled', weight: 2.5 })
    assert.equal(await whoAnswers(first), 'north/1')
    await steer(first, 'south', { state: 'enabled' })
    const rows = await database.query("SELECT object, details FROM audit WHERE action = 'cluster.steer' ORDER BY id")
    assert.deepEqual(rows.slice(-2), [
      { object: 'north/1', details: { state: 'enabled', weight: 2.5 } },
      { object: 'south', details: { state: 'enabled' } },
    ])
  })

  test('keeps what was said of it over a restart, and over an edit of the file', async t => {
    const yaml = (more: string) =>
      `${unlimited}clusters: [{ name: north/1, url: "${clusters.north.url}"${more} }, { name: south, url: "${clusters.south.url}" }]\n`
    await steer(first, 'north/1', { weight: 3 })
    const third = await startWired(t, { database, localPorts: [], yaml: yaml('') })
    assert.equal((await clusterOf(third, 'north/1')).weight, 3)
    third.edit(yaml(', region: us, capacity: 4'))
    const { weight, region, load } = await clusterOf(third, 'north/1')
    assert.deepEqual([weight, region, load.capacity], [3, 'us', 4])
  })

  test('tells how it does and why it was chosen, as do the receipts of a turn, and an answer to an administrator', async () => {
    await steer(first, 'south', { weight: 0.01 }) // so the other one is asked first
    clusters.north.behaviour = (...call) => {
      clusters.north.behaviour = answers
      refuses(500)(...call)
    }
    const { id } = await newConversation(first, { title: 'Named' })
    const answer = await until('the failing one was asked first', async () => {
      const one = await first.api('POST', `/conversations/${id}/messages`, { content: 'Hello' })
      return one.headers.get('x-parley-tries') === '2' && one
    })
    assert.equal(answer.headers.get('x-parley-cluster'), 'south')
    assert.match(
      answer.headers.get('x-parley-reason') ?? '',
      /^policy=predicted_cost candidates=1 score=[\d.]+ first_token_ms=[\d.]+ uncached_tokens=\d+ lateness=1$/,
    )
    const { turn_id } = answer.body as { turn_id: string }
    const turn = TurnDetails.parse((await first.api('GET', `/turns/${turn_id}`)).body)
    assert.deepEqual(
      turn.generations.map(({ cluster, outcome, reasons }) => [cluster, outcome, reasons.policy, reasons.candidates]),
      [
        ['north/1', 'refused', 'predicted_cost', 2],
        ['south', 'complete', 'predicted_cost', 1],
      ],
    )
    const { decisions, speed, health, load } = await clusterOf(first, 'south')
    assert.deepEqual([decisions[0]?.attempt, decisions[0]?.model], [2, 'ailing'])
    assert.ok(speed !== null && speed.samples > 0 && speed.first_token_ms >= 0)
    assert.deepEqual([health, load.capacity], [{ breaker: 'closed', rests_for_ms: 0, reason: null }, 8])

    const user = await addUser(first, database)
    const { id: own } = await newConversation(user, { title: 'Named' })
    const theirs = await user.api('POST', `/conversations/${own}/messages`, { content: 'Hi' })
    assert.equal((theirs.body as { content: string }).content, answerTo('Hi'))
    assert.equal(theirs.headers.get('x-parley-cluster'), null, "which clusters there are is not every user's business")
  })

  test('is steered by administrators alone, within bounds, and only where it is one', async () => {
    const user = await addUser(first, database)
    problemOf(await user.api('PATCH', '/admin/clusters/south', { state: 'draining' }), 403, 'forbidden')
    problemOf(await first.api('PATCH', '/admin/clusters/nowhere', { state: 'draining' }), 404, 'not_found')
    for (const change of [{ state: 'gone' }, { weight: 0 }, { weight: 1e-50 }, { weight: 11 }, { weight: 'heavy' }])
      problemOf(await first.api('PATCH', '/admin/clusters/south', change), 422, 'invalid_field')
  })

  test('that was added is steered by its id; what was said of it goes with it', async t => {
    const engine = await startAilingCluster(t)
    const added = await first.api('POST', '/admin/clusters', { url: engine.url, name: 'added' })
    const { id } = ClusterInfoSchema.parse(added.body)
    const { state } = await steer(first, id ?? '', { state: 'disabled' })
    assert.equal(state, 'disabled')
    await first.api('DELETE', `/admin/clusters/${id}`)
    const again = await first.api('POST', '/admin/clusters', { url: engine.url, name: 'added' })
    assert.equal(ClusterInfoSchema.parse(again.body).state, 'enabled')
  })

  test('that moves from the added ones to the file keeps what was said of it', async t => {
    const yaml = (name: string) => `${unlimited}clusters: [{ name: ${name}, url: "${clusters.north.url}" }]\n`
    const { url } = await startAilingCluster(t)
    const server = await startWired(t, { database, localPorts: [], yaml: yaml('other') })
    const added = await server.api('POST', '/admin/clusters', { url, name: 'moves' })
    const { id } = ClusterInfoSchema.parse(added.body)
    await steer(server, id ?? '', { state: 'draining', weight: 2 })
    server.edit(yaml('moves'))
    await server.api('DELETE', `/admin/clusters/${id}`)
    const { source, state, weight } = await clusterOf(server, 'moves')
    assert.deepEqual([source, state, weight], ['file', 'draining', 2])
  })

  test('is steered by whatever name it has', async t => {
    const names = ['50% of "A"/B?#&+', 'Zürich – 東京 🚀', '%2F', 'x'.repeat(200)]
    const entries = names.map(name => `{ name: ${JSON.stringify(name)}, url: "${clusters.north.url}" }`)
    const server = await startWired(t, { database, localPorts: [], yaml: `clusters: [${entries.join()}]\n` })
    for (const name of names) assert.equal((await steer(server, name, { state: 'draining' })).name, name)
  })
})
