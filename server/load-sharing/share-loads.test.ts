import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { isFault, newId, systemClock } from '#kit'
import { createLlmRouter, type LlmRouter } from '#llm-router'
import {
  type AilingCluster,
  ailingModel,
  endMarker,
  finish,
  piece,
  stallsAfter,
  startAilingCluster,
} from '../../test/support/ailing-cluster.ts'
import { quietLog } from '../../test/support/database.ts'
import { startHub } from '../../test/support/hub.ts'
import { generate } from '../../test/support/routed-clusters.ts'
import { atEnd, type Scope, until } from '../../test/support/server.ts'
import type { SharedLoads } from './cluster-share.ts'
import { createHubLoads } from './hub-loads.ts'
import { type LoadSharing, shareLoads } from './share-loads.ts'

test('a cluster that one process has filled is full for the other, until there is room', async t => {
  const { cluster, held, open } = await startHeld(t)
  const { line } = await startHub(t, quietLog)
  const options = { capacity: 2, everyone: true }
  const [one, other] = [await open(createHubLoads(line), options), await open(createHubLoads(line), options)]
  one.begin()
  one.begin()
  await until('the other knows', () => isFull(other.router))
  assert.equal(isFull(one.router), true)
  assert.equal(cluster.asked.length, 2)
  const [answer] = held
  answer?.end(`${finish}${endMarker}`)
  await until('the other knows that there is room', () => !isFull(other.router))
  other.begin()
  await until('the first knows who took it', () => isFull(one.router))
  assert.equal(cluster.asked.length, 3)
})

test('what others have is forgotten when nobody tells it, and each process takes its part until they do', async t => {
  const { open } = await startHeld(t)
  const hub = await startHub(t, quietLog)
  const options = { capacity: 4, everyone: true }
  const [one, other] = [await open(createHubLoads(hub.line), options), await open(createHubLoads(hub.line), options)]
  for (const { sharing } of [one, other]) sharing.live(2)
  one.begin()
  one.begin()
  const heard = () => other.router.loads()[0]?.load.others.streaming
  await until('the other knows', () => heard() === 2)
  await until('there is room for two more', () => !isFull(one.router) && !isFull(other.router))
  t.after(hub.thaw)
  hub.freeze()
  await until('the first has its half', () => isFull(one.router))
  await until('the other knows nothing', () => heard() === 0)
  assert.equal(isFull(other.router), false, 'it has the other half')
  hub.thaw()
  await until('the whole is shared again', () => heard() === 2 && !isFull(one.router))
})

test('processes that are not heard are left their part', async t => {
  const { open } = await startHeld(t)
  const { line } = await startHub(t, quietLog)
  const options = { capacity: 4, everyone: false }
  const [one, other] = [await open(createHubLoads(line), options), await open(createHubLoads(line), options)]
  for (const { sharing } of [one, other]) sharing.live(4)
  one.begin()
  other.begin()
  await until('the two have their half', () => isFull(one.router) && isFull(other.router))
  one.sharing.live(2)
  assert.equal(isFull(one.router), false, 'both of two are heard')
})

test('where nothing is shared each process takes its part, and at least one', async t => {
  const { open } = await startHeld(t)
  const { router, sharing, begin } = await open(undefined, { capacity: 2, everyone: false })
  begin()
  assert.equal(isFull(router), false)
  for (const processes of [2, 3, 100]) {
    sharing.live(processes)
    assert.equal(isFull(router), true)
  }
  sharing.live(1)
  assert.equal(isFull(router), false)
})

interface Process {
  readonly router: LlmRouter
  readonly sharing: LoadSharing
  /** Begins an answer, which goes on until the cluster ends it. */
  begin(): void
}

/** A cluster that begins to answer and holds it there, and processes that use it. */
async function startHeld(t: Scope) {
  const held: ServerResponse[] = []
  const cluster = await startAilingCluster(t, (response, asked) => {
    stallsAfter(piece('Half'))(response, asked)
    held.push(response)
  })

  async function open(
    sharedLoads: SharedLoads | undefined,
    { capacity, everyone }: { readonly capacity: number; readonly everyone: boolean },
  ): Promise<Process> {
    const router = await routerOver(t, cluster, capacity)
    const common = { process: newId(), machine: 'here', clock: systemClock, log: quietLog }
    const sharing = shareLoads({ ...common, router, sharedLoads, everyone })
    atEnd(t, () => sharing.close())
    return { router, sharing, begin: () => void generate({ router }) }
  }
  return { cluster, held, open }
}

async function routerOver(t: Scope, { url }: AilingCluster, capacity: number): Promise<LlmRouter> {
  const router = await createLlmRouter({
    clusters: [{ name: 'a', url, apiKey: undefined, models: undefined, capacity, engine: undefined }],
    models: new Map(),
    defaultModel: undefined,
    policy: 'predicted_cost',
    clock: systemClock,
    random: Math.random,
    log: quietLog,
  })
  atEnd(t, () => router.close())
  return router
}

function isFull(router: LlmRouter): boolean {
  try {
    router.admit(ailingModel)
    return false
  } catch (error) {
    if (isFault(error) && error.code === 'overloaded') return true
    throw error
  }
}
