import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { Message } from '#protocol'
import { createTestDatabase } from '../support/database.ts'
import {
  type Answer,
  adminKey,
  atEnd,
  failToStart,
  processesIn,
  type Scope,
  type ServerProcess,
  startFile,
  startServer,
  until,
  untilNothingIsLeft,
} from '../support/server.ts'
import { connect } from '../support/socket-client.ts'
import { setUp } from './people.ts'
import { type StandInCluster, startStandIn } from './stand-in-cluster.ts'
import { messagesOf, newConversation, say } from './talk.ts'

const withTwo = { PARLEY_WORKERS: '2' }

/** Two workers on a database of their own in the tests' Postgres, which is sooner there than an embedded one. */
async function twoOnDatabase(t: Scope): Promise<Record<string, string>> {
  const database = await createTestDatabase()
  atEnd(t, database.drop)
  return { ...withTwo, DATABASE_URL: database.url, PARLEY_SECRET: 'the-secret-that-all-workers-have' }
}

const numbers = [1, 2]

/** Which workers have answered such requests. */
const answeredBy = (server: ServerProcess, route: string): ReadonlySet<number> =>
  new Set(
    numbers.filter(worker =>
      server.stderr
        .split('\n')
        .some(line => line.includes(`"worker":${worker},`) && line.includes(`"route":"${route}"`)),
    ),
  )

/** On a connection of its own: the system chooses a worker for it. */
const onItsOwn = { connection: 'close' }

/** Sends many at once again and again until both have answered some: the system may give all of a burst to one of them. */
const untilBothAnswer = (server: ServerProcess, route: string, burst: () => Promise<unknown>) =>
  until(`both workers answer ${route}`, async () => {
    await burst()
    return answeredBy(server, route).size === 2
  })

/** The processes of a worker so far, oldest first. */
const pidsOf = (server: ServerProcess, worker: number): readonly number[] =>
  [...server.stderr.matchAll(new RegExp(`"worker":${worker},"pid":(\\d+),"msg":"a worker serves"`, 'g'))].map(
    ([, pid]) => Number(pid),
  )

const withLimits = ({ yaml }: StandInCluster, limits: string) =>
  `limits: { requests_per_minute: 0, running_turns: 0, ${limits} }\n${yaml.slice(yaml.indexOf('cache:'))}`

describe('a server with several workers', { concurrency: 2 }, () => {
  test('all serve on one port, over HTTP, server-sent events and WebSockets, and hold one limit together', async t => {
    const cluster = await startStandIn(t)
    // One message a minute comes back: none while the test runs.
    const yaml = withLimits(cluster, 'messages_per_minute: 1, burst: 40')
    const server = await startServer(t, { env: await twoOnDatabase(t), yaml })
    const conversations = await Promise.all(
      Array.from({ length: 40 }, () => newConversation(server, { title: 'Named' })),
    )
    const answers = await Promise.all(
      conversations.map(({ id }) =>
        server.api('POST', `/conversations/${id}/messages`, { content: 'Hello', stream: true }),
      ),
    )
    for (const { status, text } of answers) {
      assert.equal(status, 200, text)
      assert.match(text, /You said: Hello/)
    }
    await untilBothAnswer(server, '/api/v1/me', () =>
      Promise.all(Array.from({ length: 40 }, () => server.api('GET', '/me', undefined, onItsOwn))),
    )

    const id = conversations[0]?.id
    const sockets = await Promise.all(numbers.map(() => connect(t, server.url, { key: adminKey })))
    const outcomes = []
    for (const socket of sockets) {
      socket.send({ type: 'message', conversation_id: id, content: 'One more' })
      const end = await socket.frame(({ type }) => type === 'done' || type === 'error')
      outcomes.push(end.type === 'error' ? end.code : end.type)
    }
    assert.deepEqual(outcomes, ['done', 'rate_limited'], 'the 41st passes, the 42nd does not')
    const refused = await Promise.all(
      numbers.map(() => server.api('POST', `/conversations/${id}/messages`, { content: 'Hello' })),
    )
    assert.deepEqual(refused.map(leftOf), Array(2).fill({ status: 429, limit: '41', remaining: '0' }))

    const { text: metrics } = await getText(`${server.url}/metrics`)
    assert.match(metrics, /^parley_turns_total\{[^}]*status="done"\} 41$/m, 'a scrape of one tells the sum of all')
    assert.match(metrics, /^parley_build_info\{[^}]*\} 1$/m)
  })

  test('equal prompts at the same moment are generated once, whichever workers get them', async t => {
    const cluster = await startStandIn(t)
    const server = await startServer(t, {
      env: await twoOnDatabase(t),
      yaml: cluster.yaml.replace('scope: off', 'scope: user'),
    })
    const conversations = await Promise.all(
      Array.from({ length: 24 }, () => newConversation(server, { title: 'Named' })),
    )
    let bursts = 0
    await untilBothAnswer(server, '/api/v1/conversations/:id/messages', async () => {
      const prompt = `wait, all of you, for the ${++bursts}. time`
      const answering = conversations.map(({ id }) =>
        server.api('POST', `/conversations/${id}/messages`, { content: prompt, parent_id: null }, onItsOwn),
      )
      const held = await cluster.begun(prompt)
      held.say('Here you are')
      held.finish()
      for (const { body } of await Promise.all(answering)) assert.equal(Message.parse(body).content, 'Here you are')
      assert.equal(cluster.generations.filter(({ messages }) => messages.at(-1)?.content === prompt).length, 1)
    })
  })

  test('a worker that is killed is replaced, and the others serve on', async t => {
    const cluster = await startStandIn(t)
    const server = await startServer(t, { env: await twoOnDatabase(t), yaml: cluster.yaml })
    const [first] = pidsOf(server, 1)
    assert.ok(first !== undefined)
    process.kill(first, 'SIGKILL')
    let failures = 0
    await until('another serves in its place', async () => {
      const { status } = await server.api('GET', '/me').catch(() => ({ status: 0 }))
      if (status !== 200) failures++ // a request that was with the one that died
      return pidsOf(server, 1).length === 2
    })
    assert.ok(failures <= 2, `${failures} requests failed`)
    const { id } = await newConversation(server)
    await say(server, id, 'Hello')
    for (const pid of [pidsOf(server, 1)[1], pidsOf(server, 2)[0]]) process.kill(pid ?? 0, 'SIGKILL')
    await until('all are replaced', () => pidsOf(server, 1).length === 3 && pidsOf(server, 2).length === 2)
    assert.equal((await messagesOf(server, id)).length, 2, 'and at the same address')
  })

  test('while the process that started them stands still, workers serve on', async t => {
    const cluster = await startStandIn(t)
    const server = await startServer(t, { env: await twoOnDatabase(t), yaml: withLimits(cluster, 'burst: 3') })
    const { id } = await newConversation(server, { title: 'Named' })
    server.kill('SIGSTOP')
    const startedAt = performance.now()
    await say(server, id, 'Hello')
    assert.ok(performance.now() - startedAt < 5_000)
    server.kill('SIGCONT')
    await say(server, id, 'Hello again')
  })

  test('SIGTERM lets the answers of all workers end, also where every process gets it, and nothing is left', async t => {
    const cluster = await startStandIn(t)
    const command = [process.execPath, startFile, '--workers', '2'] as const
    const server = await startServer(t, { command, yaml: cluster.yaml })
    const prompts = ['wait 1', 'wait 2', 'wait 3', 'wait 4']
    const answering = prompts.map(async prompt => say(server, (await newConversation(server)).id, prompt))
    const held = await Promise.all(prompts.map(prompt => cluster.begun(prompt)))
    server.kill('SIGTERM')
    await until('none is ready', async () => (await fetch(`${server.url}/readyz`)).status === 503)
    server.kill('SIGTERM') // do not wait for load balancers
    for (const generation of held) {
      generation.say('There you are')
      generation.finish()
    }
    const answers = await Promise.all(answering)
    assert.deepEqual(
      answers.map(({ content }) => content),
      Array(4).fill('There you are'),
    )
    assert.deepEqual(await server.exited, { code: 0, signal: null }, server.stderr)
    await untilNothingIsLeft(server.workFolder, server.dataFolder)
    assert.doesNotMatch(server.stderr, /a worker died/)
  })

  test('workers end with the process that started them', async t => {
    const cluster = await startStandIn(t)
    const server = await startServer(t, { env: await twoOnDatabase(t), yaml: cluster.yaml })
    server.kill('SIGKILL')
    await server.exited
    await until('no worker is left', async () => (await processesIn(server.workFolder)).length === 0, 5_000)
  })

  test('the link to the first admin is printed once, and works', async t => {
    const server = await startServer(t, {
      env: { ...(await twoOnDatabase(t)), PARLEY_ADMIN_KEY: undefined },
      yaml: 'discover: off\n',
    })
    const { user } = await setUp(server)
    assert.equal(user.role, 'admin')
    assert.equal(server.stdout.match(/\/setup#/g)?.length, 1)
  })

  test('a port that is taken is told of once, in words', async t => {
    const holder = createServer().listen(0, '127.0.0.1')
    atEnd(t, () => holder.close())
    await once(holder, 'listening')
    const port = (holder.address() as { port: number }).port
    const server = await failToStart(t, {
      env: { ...(await twoOnDatabase(t)), PORT: String(port) },
      yaml: 'discover: off\n',
    })
    assert.equal(server.code, 1)
    const words = server.stderr.split('\n').filter(line => line !== '' && !line.startsWith('{'))
    assert.deepEqual(words, [
      `Port ${port} on 127.0.0.1 is in use: end what listens there, or choose another with PORT.`,
    ])
    await untilNothingIsLeft(server.workFolder, server.dataFolder)
  })
})

const leftOf = ({ status, headers }: Answer) => ({
  status,
  limit: headers.get('ratelimit-limit'),
  remaining: headers.get('ratelimit-remaining'),
})

const getText = async (url: string) => ({ text: await (await fetch(url)).text() })
