import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Message } from '#protocol'
import {
  launchServer,
  postmasterOf,
  processesIn,
  type RunningServer,
  type ServerProcess,
  startServer,
  until,
  untilNothingIsLeft,
} from '../support/server.ts'
import { type StandInCluster, standInModel, startStandIn } from './stand-in-cluster.ts'
import { messagesOf, newConversation, say } from './talk.ts'

// `kill -9` of a server with its own database and a model of its own, in whatever it does, and a start on what is left.

const demoModel = fileURLToPath(new URL('../../models/parley-small.gguf', import.meta.url))
const withLocalModel = ({ yaml }: StandInCluster) =>
  `${yaml}default_model: ${standInModel}\nmodels:\n  local: { gguf: ${demoModel}, context: 512 }\n`

/** As the system ends a process for want of memory. Resolves when the process is gone. */
async function killHard(server: ServerProcess): Promise<void> {
  server.kill('SIGKILL')
  assert.equal((await server.exited).signal, 'SIGKILL')
}

/** Waits until a single postmaster runs on the data folder: what it has just forked still looks like it for a moment. */
async function onePostmaster({ dataFolder }: ServerProcess): Promise<void> {
  if (process.platform !== 'linux') return // only Linux can tell
  await until('a single Postgres runs', async () => {
    const processes = await processesIn(dataFolder)
    return processes.filter(({ command }) => command.includes(` -D ${dataFolder}`)).length === 1
  })
}

/** Starts a server on what `dead` left, and checks that nothing of it runs beside. */
async function startAfter(t: TestContext, dead: ServerProcess, yaml: string): Promise<RunningServer> {
  const orphan = await postmasterOf(dead)
  const server = await startServer(t, { dataFolder: dead.dataFolder, yaml })
  assert.equal(await postmasterOf(server), orphan, 'the Postgres that was left running is adopted')
  await onePostmaster(server)
  await until('the models of the dead server are gone', async () => (await processesIn(dead.workFolder)).length === 0)
  return server
}

test('killed while idle: all is there again, and nothing of the old server is left', async t => {
  const cluster = await startStandIn(t)
  const yaml = withLocalModel(cluster)
  const first = await startServer(t, { yaml })
  const { id } = await newConversation(first, { title: 'Kept', system_prompt: 'Be brief.' })
  await say(first, id, 'One')
  await say(first, id, 'Two', { model: 'local' })
  const before = await messagesOf(first, id)
  await killHard(first)

  const second = await startAfter(t, first, yaml)
  assert.deepEqual(await messagesOf(second, id), before)
  assert.equal((await say(second, id, 'Three')).content, 'You said: Three')
})

test('killed while one answer runs and another waits for it: the first goes on, and the second comes', async t => {
  const cluster = await startStandIn(t)
  const yaml = withLocalModel(cluster)
  let server = await startServer(t, { yaml })
  for (let round = 1; round <= 3; round++) {
    const { id } = await newConversation(server)
    await say(server, id, 'Hello')
    const running = say(server, id, `wait for round ${round}`).catch(error => error)
    const generation = await cluster.begun(`wait for round ${round}`)
    generation.say('Half an ans')
    const queued = say(server, id, `Then round ${round}`).catch(error => error)
    const stored = await until('the second message is stored', async () => {
      const messages = await messagesOf(server, id)
      return messages.length === 6 && messages
    })
    assert.deepEqual(
      stored.map(({ status }) => status),
      ['done', 'done', 'done', 'running', 'done', 'queued'],
    )
    await killHard(server)
    assert.ok((await running) instanceof Error && (await queued) instanceof Error)

    const asked = cluster.generations.length
    server = await startAfter(t, server, yaml)
    const again = await until('the answer is asked for again', () => cluster.generations[asked])
    const said = again.messages.at(-1)
    if (said?.role === 'user') {
      // It was killed before what it had said was kept.
      again.say('A whole answer')
      again.finish()
    } else {
      // What was kept of it, which the cluster answers at once.
      assert.ok('Half an ans'.startsWith(said?.content ?? 'nothing'))
    }
    const messages = await until('the answer that waited has come', async () => {
      const all = await messagesOf(server, id)
      return all.at(-1)?.status === 'done' && all
    })
    assert.deepEqual(
      messages.map(({ id: message, role, content }) => [message, role, role === 'user' ? content : '']),
      stored.map(({ id: message, role, content }) => [message, role, role === 'user' ? content : '']),
      'every message that was stored is there, in its place',
    )
    const whole = said?.role === 'user' ? 'A whole answer' : `${said?.content}You said: ${said?.content}`
    assert.deepEqual([messages[3]?.status, messages[3]?.content], ['done', whole])
    assert.equal(messages[5]?.content, `You said: Then round ${round}`)
  }
})

test('killed while many chats are answered: whatever was answered is there, word for word', async t => {
  const cluster = await startStandIn(t)
  const first = await startServer(t, { yaml: cluster.yaml })
  const acknowledged: { conversation: string; answer: Message; content: string }[] = []
  let sent = 0
  async function chat(conversation: string): Promise<void> {
    for (;;) {
      const content = `Message ${++sent}`
      acknowledged.push({ conversation, answer: await say(first, conversation, content), content })
    }
  }
  const conversations = await Promise.all(Array.from({ length: 6 }, () => newConversation(first)))
  const chats = Promise.allSettled(conversations.map(({ id }) => chat(id)))
  await until('two hundred answers have come', () => acknowledged.length >= 200)
  await killHard(first)
  await chats

  const second = await startAfter(t, first, cluster.yaml)
  for (const { id } of conversations) {
    const messages = await until('what ran has ended', async () => {
      const all = await messagesOf(second, id)
      return all.every(({ status }) => status === 'done') && all
    })
    const mine = acknowledged.filter(({ conversation }) => conversation === id)
    for (const [index, { answer, content }] of mine.entries()) {
      assert.equal(messages[2 * index]?.content, content)
      assert.deepEqual(messages[2 * index + 1], answer)
    }
    await say(second, id, 'Still there?')
  }
})

const inPostgresFolder = async ({ dataFolder }: ServerProcess, name: RegExp) =>
  (await readdir(`${dataFolder}/postgres`).catch(() => [])).some(entry => name.test(entry))

const moments: readonly (readonly [string, (server: ServerProcess) => boolean | Promise<boolean>])[] = [
  ['as it says that it starts', server => server.stdout.includes('is starting')],
  ['while it makes the database', server => inPostgresFolder(server, /^cluster-being-made/)],
  ['as Postgres begins to run', async server => (await postmasterOf(server)) !== undefined],
  ['as the schema is there', server => server.stderr.includes('migrated the database')],
]

describe('killed in its first start', { concurrency: 2 }, () => {
  for (const [moment, reached] of moments) {
    test(`${moment}: the next start makes a whole instance`, async t => {
      const first = await launchServer(t)
      await until(moment, () => reached(first))
      await killHard(first)

      const second = await startServer(t, { dataFolder: first.dataFolder })
      const { id } = await newConversation(second)
      await say(second, id, 'Hello')
      await onePostmaster(second)
      await until('nothing of the first is left', async () => (await processesIn(first.workFolder)).length === 0)
      assert.deepEqual(
        (await readdir(`${first.dataFolder}/postgres`)).filter(name => name.includes('being-made')),
        [],
        'no half-made database is left behind',
      )
      assert.equal((await second.stop()).code, 0)
      await untilNothingIsLeft(first.dataFolder)
    })
  }
})
