import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { before, describe, test } from 'node:test'
import pg from 'pg'
import { AcceptedTurn } from '#protocol'
import { type CheckResult, verifyDatabase } from '#store'
import { lookThrough } from '../../server/store/verify/look-through.ts'
import { createTestDatabase, quietLog, type TestDatabase } from '../support/database.ts'
import { runCommand } from '../support/run-command.ts'
import {
  atEnd,
  fileScope,
  postmasterOf,
  type RunningServer,
  type Scope,
  scratchFolder,
  startServer,
  until,
} from '../support/server.ts'
import { corruptions } from './corruptions.ts'
import { type StandInCluster, startStandIn } from './stand-in-cluster.ts'
import { newConversation, say } from './talk.ts'

// `npx parley verify`: a sound database is called sound, whatever went on in it, and one that is not is not.

const file = fileScope()
const secret = 'the-secret-of-the-verified-database'
let database: TestDatabase
let environment: Readonly<Record<string, string>>
let server: RunningServer

const options = { deadlineMs: 600_000, userId: undefined, signal: new AbortController().signal, onProgress() {} }

const send = async (path: string, body: object) => {
  const answer = await server.api('POST', path, body, { prefer: 'respond-async' })
  assert.equal(answer.status, 202, answer.text)
  return AcceptedTurn.parse(answer.body)
}

/** Everything that can become of a message; the last of it is left running, with a log, and with one queued behind it. */
async function converse(cluster: StandInCluster): Promise<void> {
  const { id } = await newConversation(server)
  const messages = `/conversations/${id}/messages`
  await server.api('POST', messages, { content: 'Hello' }, { 'idempotency-key': 'the first' })
  const answer = await say(server, id, 'Hello again')
  await server.api('POST', `${messages}/${answer.id}/regenerate`, {})
  await say(server, id, 'Hello', { parent_id: null })
  assert.equal((await say(server, id, 'a blocked word')).finish_reason, 'content_filter')
  for (const content of ['fail early', 'refuse me', 'too long for you']) await server.api('POST', messages, { content })

  const stopped = await send(messages, { content: 'wait to be stopped' })
  const dropped = await send(messages, { content: 'never begun' })
  ;(await cluster.begun('wait to be stopped')).say('So far 😀')
  await server.api('POST', `/turns/${dropped.turn_id}/stop`)
  await server.api('POST', `/turns/${stopped.turn_id}/stop`)
  await server.api('POST', `/turns/${stopped.turn_id}/continue`)

  const other = await newConversation(server)
  assert.ok((await say(server, other.id, 'Hello')).cached)
  await server.api('DELETE', `/conversations/${(await newConversation(server)).id}`)
  await newConversation(server, { temporary: true })
  await until('nothing is open', async () => (await open()) === 0)

  await send(`/conversations/${other.id}/messages`, { content: 'wait for ever' })
  await send(`/conversations/${other.id}/messages`, { content: 'and then' })
  const held = await cluster.begun('wait for ever')
  for (const [index, text] of ['one 😀', ' two 日本', ' three'].entries()) {
    held.say(text)
    await until('it is logged', async () => (await logged()) > index)
  }
}

const open = () => count("SELECT count(*)::int AS rows FROM turns WHERE status IN ('queued', 'running')")
const logged = () => count('SELECT count(*)::int AS rows FROM turn_events')
const count = async (sql: string) => (await database.query<{ rows: number }>(sql))[0]?.rows ?? 0

before(async () => {
  database = await createTestDatabase()
  atEnd(file, () => database.drop())
  environment = { DATABASE_URL: database.url, PARLEY_SECRET: secret }
  const cluster = await startStandIn(file)
  const yaml = `${cluster.yaml.replace('cache: { scope: off }\n', '')}safety: { blocklist: { test: [blocked] } }\n`
  server = await startServer(file, { env: environment, yaml })
  await converse(cluster)
})

test('after everything that can become of a message, and while one is answered, the database is sound', async t => {
  const { code, stdout, stderr } = await runCommand(t, ['verify', '--json'], environment)
  assert.deepEqual([code, stderr], [0, ''], stdout)
  const report = JSON.parse(stdout)
  assert.ok(report.sound && report.users === 1 && report.schema_version > 0)
  for (const { name, looked, proves } of report.checks) {
    assert.ok(looked > 0, `${name} looked at something`)
    assert.match(proves, /^[A-Z].*\.$/)
  }
  assert.doesNotMatch(stdout, /Hello|blocked|@/, 'nothing that people wrote is in the report')
})

describe('a corruption is found:', () => {
  // Its turns stay as the kill left them, and their owner counts as alive.
  before(async () => {
    server.kill('SIGKILL')
    await server.exited
    await database.query("UPDATE workers SET expires_at = now() + interval '1 day'")
  })

  for (const { what, sql, found } of corruptions) {
    test(what, async () => {
      const checks = await lookAfter(sql)
      const wrong = checks.filter(({ violations }) => violations > 0)
      for (const { violations, examples } of wrong) assert.equal(examples.length, Math.min(20, violations))
      assert.deepEqual(
        wrong.map(({ name }) => name),
        found,
      )
    })
  }

  test('one user is looked at alone, and one who is not there cannot be', async () => {
    const grace =
      "UPDATE turns SET ended_at = NULL; INSERT INTO users (id, name, email) VALUES (77, 'Grace', 'g@example.com')"
    const wrong = async (userId: string) => (await lookAfter(grace, userId)).some(({ violations }) => violations > 0)
    assert.deepEqual([await wrong('77'), await wrong('1')], [false, true])
    await assert.rejects(wrong('78'), /^Error: There is no user 78\.$/)
  })

  test('and named by ids alone, with the exit code 1', async t => {
    const rows = await database.query<{ id: string }>(
      "UPDATE turns SET ended_at = NULL WHERE status = 'done' RETURNING id",
    )
    const { code, stdout, stderr } = await runCommand(t, ['verify'], environment)
    assert.deepEqual([code, stderr], [1, ''])
    assert.match(stdout, new RegExp(`^states:\\n  user \\d+, turn ${rows[0]?.id}: has ended at no time$`, 'm'))
    assert.match(stdout, /\nNot sound: 1 of \d+ checks found something\..*\n$/)
  })

  /** What the checks come to with the corruption in place, which is taken back afterwards. */
  async function lookAfter(sql: string, userId?: string): Promise<readonly CheckResult[]> {
    const client = new pg.Client(database.connection)
    await client.connect()
    try {
      await client.query('BEGIN')
      await client.query(sql)
      return (await lookThrough(client, { ...options, userId })).checks
    } finally {
      await client.end()
    }
  }
})

describe('where it cannot look it says why, ends with 2, and changes nothing:', () => {
  const reasonOf = async (scope: Scope, args: readonly string[], env: Readonly<Record<string, string>>) => {
    const { code, stdout, stderr } = await runCommand(scope, args, env)
    assert.deepEqual([code, stdout], [2, ''], stderr)
    assert.doesNotMatch(stderr, /^\s+at /m)
    return stderr
  }

  test('a database that is away', async t => {
    const env = { ...environment, DATABASE_URL: 'postgres://parley:sesame@127.0.0.1:1/parley' }
    assert.equal(
      await reasonOf(t, ['verify'], env),
      'The database cannot be reached (ECONNREFUSED). Check DATABASE_URL.\n',
    )
  })

  test('a data folder that holds none', async t => {
    const folder = await scratchFolder(t)
    assert.match(
      await reasonOf(t, ['verify'], { PARLEY_DATA: folder }),
      /^There is no database in ".*"\. Check PARLEY_DATA\.$/m,
    )
    assert.deepEqual(await readdir(folder), [])
  })

  test('a schema that this release does not know, and an empty database', async t => {
    const [newer, empty] = [await createTestDatabase(), await createTestDatabase()]
    for (const one of [newer, empty]) atEnd(t, one.drop)
    await newer.query('CREATE TABLE schema_migrations AS SELECT 9999 AS version')
    const look = ({ connection }: TestDatabase) => verifyDatabase({ ...options, connection, log: quietLog })
    await assert.rejects(
      look(newer),
      /has schema version 9999, this release knows \d+: use the release that migrated it/,
    )
    await assert.rejects(look(empty), /holds no Parley/)
    assert.deepEqual(await empty.query("SELECT FROM pg_tables WHERE schemaname = 'public'"), [])
  })

  test('a call that makes no sense', async t => {
    assert.match(await reasonOf(t, ['verfy'], {}), /^There is no command "verfy"\.\n\nUsage: npx parley <command>\n/)
    assert.match(await reasonOf(t, ['verify', '--fix'], {}), /'--fix'.*\n\nUsage: npx parley verify /)
  })
})

test('help is printed where it is asked for', async t => {
  const help = await runCommand(t, ['help'], {})
  assert.deepEqual([help.code, help.stderr], [0, ''])
  assert.match(help.stdout, /^ {2}verify +proves /m)
})

test('the embedded database is looked at beside its server and without one, and left as it was', async t => {
  const { yaml } = await startStandIn(t)
  const own = await startServer(t, { yaml })
  await say(own, (await newConversation(own)).id, 'Hello')
  const env = { PARLEY_DATA: own.dataFolder }
  const beside = await runCommand(t, ['verify'], env)
  assert.equal(beside.code, 0, beside.stdout + beside.stderr)
  await say(own, (await newConversation(own)).id, 'Are you still there?')
  await own.stop()
  assert.equal(await postmasterOf(own), undefined)
  const alone = await runCommand(t, ['verify'], env)
  assert.equal(alone.code, 0, alone.stdout + alone.stderr)
  assert.equal(await postmasterOf(own), undefined)
})
