import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ClusterPage, InstanceHealth } from '#protocol'
import { type AilingCluster, startAilingCluster } from '../support/ailing-cluster.ts'
import { createTestDatabase } from '../support/database.ts'
import {
  atEnd,
  launchServer,
  type RunningServer,
  type Scope,
  startServer,
  unlimited,
  until,
} from '../support/server.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { type Api, addUser, newConversation, problemOf, say } from './talk.ts'

const base = `${unlimited}cache: { scope: off }\n`

/** As an editor, or an orchestrator, does it. */
async function edit({ workFolder }: RunningServer, yaml: string): Promise<void> {
  await writeFile(join(workFolder, 'parley.yaml.new'), yaml)
  await rename(join(workFolder, 'parley.yaml.new'), join(workFolder, 'parley.yaml'))
}

async function configurationOf({ api }: Api) {
  const answer = await api('GET', '/admin/health')
  assert.equal(answer.status, 200, answer.text)
  return InstanceHealth.parse(answer.body).configuration
}

async function clusterNamesOf({ api }: Api): Promise<string> {
  return ClusterPage.parse((await api('GET', '/admin/clusters')).body)
    .data.map(({ name }) => name)
    .join()
}

/** What the condition says on so many connections one after another: whichever worker answers each. */
async function untilEverywhere(what: string, condition: () => Promise<boolean>): Promise<void> {
  await until(
    what,
    async () => (await Promise.all(Array.from({ length: 16 }, condition))).every(fulfilled => fulfilled),
    10_000,
  )
}

const secret = { PARLEY_SECRET: 'a-secret-for-this-test-of-live-configuration' }

async function startOn(t: Scope, yaml: string, workers: string): Promise<{ server: RunningServer; user: Api }> {
  const database = await createTestDatabase()
  atEnd(t, database.drop)
  const env = { DATABASE_URL: database.url, ...secret }
  const server = await startServer(t, { env: { ...env, PARLEY_WORKERS: workers }, yaml })
  return { server, user: await addUser(server, database) }
}

const entryOf = (name: string, { url }: Pick<AilingCluster, 'url'>) => `clusters: [{ name: ${name}, url: ${url} }]\n`

describe('an edit of parley.yaml', { concurrency: 2 }, () => {
  test("is followed by every worker, and by those that take dead ones' places behind a later edit that is wrong", async t => {
    const [old, next] = [await startAilingCluster(t), await startAilingCluster(t)]
    const { server } = await startOn(t, `${base}${entryOf('old', old)}`, '2')
    await edit(server, `${base}${entryOf('next', next)}`)
    await untilEverywhere('all follow', async () => (await clusterNamesOf(server)) === 'next')
    await edit(server, 'nonsense: 1\n')
    await untilEverywhere('all are told', async () => (await configurationOf(server)).mistakes.length === 1)
    const serving = () =>
      [...server.stderr.matchAll(/"pid":(\d+),"msg":"a worker serves"/g)].map(([, pid]) => Number(pid))
    for (const pid of serving()) process.kill(pid, 'SIGKILL')
    await until('others serve in their places', () => serving().length === 4)
    await untilEverywhere('all are the same', async () => (await clusterNamesOf(server)) === 'next')
    await untilEverywhere('all are told', async () => (await configurationOf(server)).mistakes.length === 1)
  })

  test('is followed by every worker, and an answer under way on a cluster that is gone from it ends undisturbed', async t => {
    const old = await startStandIn(t)
    const next = await startAilingCluster(t)
    next.listing = [{ id: 'next' }]
    const { server } = await startOn(t, old.yaml, '2')
    const { id } = await newConversation(server, { title: 'Named' })
    const streamed = server.api('POST', `/conversations/${id}/messages`, { content: 'wait for it', stream: true })
    const held = await old.begun('wait for it')
    held.say('Before, ')
    await edit(server, `${base}${entryOf('next', next)}models: { best: { serves: next } }\ndefault_model: best\n`)
    const best = /"id":"best","serves":"next","context":\d+,"available":true,"default":true/
    await untilEverywhere('all follow', async () => best.test((await server.api('GET', '/models')).text))
    assert.equal(await clusterNamesOf(server), 'next')
    const asked = next.asked.length
    await Promise.all([1, 2, 3, 4].map(async () => say(server, (await newConversation(server)).id, 'Hello')))
    assert.ok(next.asked.length >= asked + 4)
    held.say('and behind the edit.')
    held.finish()
    const { text } = await streamed
    assert.equal(
      [...text.matchAll(/"content":"([^"]*)","offset"/g)].map(([, part]) => part).join(''),
      'Before, and behind the edit.',
    )
    assert.match(text, /event: done/)
  })

  test('may come with a SIGHUP while the server starts, which goes on to', async t => {
    const cluster = await startAilingCluster(t)
    const database = await createTestDatabase()
    atEnd(t, database.drop)
    const env = { DATABASE_URL: database.url, ...secret }
    const server = await launchServer(t, { env, yaml: `${base}${entryOf('only', cluster)}` })
    await until('it starts', () => server.stdout.includes('is starting'))
    server.kill('SIGHUP')
    await server.ready
  })

  test('that is wrong changes nothing, and is shown to administrators with its line until it is mended', async t => {
    const cluster = await startAilingCluster(t)
    const good = `${base}${entryOf('only', cluster)}`
    const { server, user } = await startOn(t, good, '1')
    const key = 'a-key-that-nobody-may-see-@'
    await edit(server, `${good.replace('cache:', 'cashe:')}plugins: [{ name: x, url: "http://u:${key}@h/" }]\n`)
    const { mistakes } = await until('it is told', async () => {
      const state = await configurationOf(server)
      return state.mistakes.length > 0 && state
    })
    assert.deepEqual(mistakes[0], {
      line: 2,
      text: 'parley.yaml:2: cashe: is not a setting; did you mean "cache"?',
    })
    assert.ok(!JSON.stringify(mistakes).includes(key))
    assert.ok(!server.stderr.includes(key))
    assert.match(server.stderr, /what it said before stays/)
    assert.equal(await clusterNamesOf(server), 'only')
    await say(server, (await newConversation(server)).id, 'Hello')
    problemOf(await user.api('GET', '/admin/health'), 403, 'forbidden')

    await edit(server, good.replace('scope: off', 'scope: user'))
    server.kill('SIGHUP')
    await until('it is mended', async () => (await configurationOf(server)).mistakes.length === 0, 1_500)
    assert.deepEqual((await configurationOf(server)).awaiting_restart, ['cache'])
    assert.match(server.stderr, /"sections":\["cache"\]/)
  })
})
