import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AcceptedTurn, ClusterPage } from '#protocol'
import { createTestDatabase } from '../support/database.ts'
import { startRedis, withRedis } from '../support/redis.ts'
import { atEnd, type Scope, until } from '../support/server.ts'
import { startWired, type WiredServer } from '../support/wired-server.ts'
import { type StandInCluster, startStandIn } from './stand-in-cluster.ts'
import { newConversation, readTurn } from './talk.ts'

test('two servers that share a Redis use a cluster for what it can do, and for no more', withRedis, async t => {
  const redis = await startRedis(t)
  const standIn = await startStandIn(t)
  const capacity = 8
  const start = await serversOn(t, standIn, { capacity, env: { REDIS_URL: redis.url } })
  const [first, second] = await Promise.all([start(), start()])
  for (let count = 1; count <= capacity; count++) {
    await until('it is taken, once the Redis is there', () => isTaken(first, `wait ${count}`))
    await standIn.begun(`wait ${count}`)
  }
  await until('the second has heard', async () => (await heardOf(second)) === capacity)
  for (const server of [second, first]) assert.equal(await isTaken(server, 'wait a little longer'), false)

  standIn.generations[0]?.finish()
  await until('there is room again', () => isTaken(second, 'wait no longer'))
})

test('servers that share nothing but the database take their parts of what a cluster can do', async t => {
  const standIn = await startStandIn(t)
  const start = await serversOn(t, standIn, { capacity: 4 })
  const other = await start()
  const server = await start()
  for (const prompt of ['wait 1', 'wait 2']) {
    assert.equal(await isTaken(server, prompt), true)
    await standIn.begun(prompt)
  }
  assert.equal(await isTaken(server, 'wait 3'), false)
  await other.stop()
  await until('it has the whole for itself', () => isTaken(server, 'wait 4'))
})

/** Starts servers on one database, with the cluster as their only one. */
async function serversOn(
  t: Scope,
  { yaml }: StandInCluster,
  { capacity, env = {} }: { readonly capacity: number; readonly env?: Readonly<Record<string, string>> },
) {
  const database = await createTestDatabase()
  atEnd(t, database.drop)
  return () => startWired(t, { database, localPorts: [], yaml: `${yaml}    capacity: ${capacity}\n`, env })
}

/** How many answers of others a server knows of. */
async function heardOf({ api }: WiredServer): Promise<number> {
  const [cluster] = ClusterPage.parse((await api('GET', '/admin/clusters')).body).data
  assert.ok(cluster)
  const { unanswered, streaming } = cluster.load.others
  return unanswered + streaming
}

/** Whether the answer to a message begins; else the clusters are full, and it waits in line, until it is stopped. */
async function isTaken(server: WiredServer, content: string): Promise<boolean> {
  const { id } = await newConversation(server, { title: 'Named' })
  const answer = await server.api('POST', `/conversations/${id}/messages`, { content }, { prefer: 'respond-async' })
  const { turn_id: turnId } = AcceptedTurn.parse(answer.body)
  const turn = readTurn(server, turnId)
  const state = await until('it begins or waits', () => /"state":"(thinking|queued)"/.exec(turn.text)?.[1])
  if (state === 'queued') await server.api('POST', `/turns/${turnId}/stop`)
  return state === 'thinking'
}
