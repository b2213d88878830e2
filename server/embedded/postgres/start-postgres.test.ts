import assert from 'node:assert/strict'
import { chown, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { findPostmaster } from './postmaster-file.ts'
import { type EmbeddedPostgres, startPostgres } from './start-postgres.ts'
import { afterTest } from './testing/after-test.ts'
import { processesIn, scratchFolder, silence, startIn } from './testing/scratch-folder.ts'
import { until } from './testing/until.ts'

test('an empty folder becomes a database that the product owns, and stop leaves no process', async t => {
  const folder = join(await scratchFolder(t), 'made', 'at-once')
  const postgres = await startIn(t, folder)
  assert.equal((await stat(folder)).mode & 0o777, 0o700)
  assert.equal((await stat(postgres.connection.host)).mode & 0o777, 0o700)
  const [row] = await query(
    postgres,
    `SELECT current_database() AS database, current_user AS role, rolsuper AS superuser,
            current_setting('fsync') AS fsync, current_setting('timezone') AS timezone,
            current_setting('server_encoding') AS encoding, current_setting('listen_addresses') AS listens
     FROM pg_roles WHERE rolname = current_user`,
  )
  assert.deepEqual(row, {
    database: 'parley',
    role: 'parley',
    superuser: false,
    fsync: 'on',
    timezone: 'UTC',
    encoding: 'UTF8',
    listens: '',
  })
  await postgres.stop()
  assert.equal(await postgres.exited, undefined)
  assert.equal(await findPostmaster(join(folder, 'cluster')), undefined)
  await until(async () => (await processesIn(folder)).length === 0)
})

test('rows survive a restart, open connections do not hold it up, and stop may be called twice', async t => {
  const folder = await scratchFolder(t)
  const first = await startIn(t, folder)
  await query(first, 'CREATE TABLE note (text text)')
  await query(first, "INSERT INTO note VALUES ('kept')")
  const idle = await connect(t, first)
  await Promise.all([first.stop(), first.stop()])
  await assert.rejects(idle.query('SELECT 1'))
  const second = await startIn(t, folder)
  assert.deepEqual(await query(second, 'SELECT text FROM note'), [{ text: 'kept' }])
  assert.deepEqual(second.connection, first.connection)
})

test('trigrams and lower case know umlauts and CJK', async t => {
  const postgres = await startIn(t, await scratchFolder(t))
  await query(postgres, 'CREATE EXTENSION pg_trgm')
  const [row] = await query(
    postgres,
    `SELECT cardinality(show_trgm('übergröße')) AS german, cardinality(show_trgm('日本語')) AS japanese,
            similarity('Übergröße', 'übergröße') AS same, lower('ÜBERGRÖẞE') AS lower`,
  )
  assert.deepEqual(row, { german: 10, japanese: 4, same: 1, lower: 'übergröße' })
})

test('a second start on the same folder is refused with a sentence that names folder and process', async t => {
  const folder = await scratchFolder(t)
  const first = await startIn(t, folder)
  await assert.rejects(startPostgres({ folder, log: silence }), {
    name: 'StartError',
    code: 'already_running',
    message: `Another Parley (process ${process.pid}) already runs on the folder "${folder}". Stop it first, or give this one a folder of its own with PARLEY_DATA.`,
  })
  assert.deepEqual(await query(first, 'SELECT 1 AS one'), [{ one: 1 }])
})

test('where the path is too long for a socket, Postgres listens on this machine and asks for a password', async t => {
  const folder = join(await scratchFolder(t), 'a-name-that-is-long'.repeat(6))
  const first = await startIn(t, folder)
  assert.equal(first.connection.host, '127.0.0.1')
  await query(first, 'CREATE TABLE note ()')
  const file = join(folder, 'cluster', 'parley-password')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  await assert.rejects(query({ ...first, connection: { ...first.connection, password: 'wrong' } }, 'SELECT 1'), {
    code: '28P01',
  })
  await first.stop()
  assert.deepEqual(await query(await startIn(t, folder), 'SELECT FROM note'), [])
})

test('no text of a user reaches the log of Postgres, also when a statement fails', async t => {
  const folder = await scratchFolder(t)
  const postgres = await startIn(t, folder)
  const client = await connect(t, postgres)
  await client.query('CREATE TABLE account (mail text PRIMARY KEY)')
  await client.query('INSERT INTO account VALUES ($1)', ['canary@example.org'])
  await assert.rejects(client.query('INSERT INTO account VALUES ($1)', ['canary@example.org']), { code: '23505' })
  await assert.rejects(client.query("SELECT 'canary'::uuid"), { code: '22P02' })
  await assert.rejects(client.query('SELECT $1::int', ['canary']), { code: '22P02' })
  await assert.rejects(client.query("SELECT 'canary' FROM nowhere"), { code: '42P01' })
  await postgres.stop()
  const logs = join(folder, 'log')
  const texts = await Promise.all((await readdir(logs)).map(name => readFile(join(logs, name), 'utf8')))
  assert.match(texts.join(), /ready to accept connections/)
  assert.doesNotMatch(texts.join(), /canary/)
})

test('a start that is aborted rejects and leaves neither a process nor a half-made folder', async t => {
  const folder = await scratchFolder(t)
  const abort = new AbortController()
  const started = startPostgres({ folder, log: silence, signal: abort.signal })
  started.catch(() => {})
  await until(async () => (await readdir(folder)).some(name => name.startsWith('cluster-being-made-by-')))
  abort.abort()
  await assert.rejects(started, { name: 'AbortError' })
  assert.deepEqual(await processesIn(folder), [])
  assert.deepEqual(await readdir(folder), [])
})

test('for root, a folder of another user is served as that user', async t => {
  const folder = await scratchFolder(t)
  if (process.getuid?.() !== 0) return t.skip('only root may choose whom Postgres runs as')
  const own = join(folder, 'own')
  await mkdir(own)
  const { uid, gid } = { uid: 65_534, gid: 65_534 }
  await chown(folder, uid, gid)
  await chown(own, uid, gid)
  let postgres: EmbeddedPostgres
  try {
    postgres = await startIn(t, own)
  } catch (error) {
    if (error instanceof Error && /may not enter/.test(error.message)) return t.skip(error.message)
    throw error
  }
  const running = await findPostmaster(join(own, 'cluster'))
  assert.equal((await stat(`/proc/${running?.pid}`)).uid, uid)
  assert.deepEqual(await query(postgres, 'SELECT 1 AS one'), [{ one: 1 }])
  await postgres.stop()
  assert.deepEqual(await query(await startIn(t, own), 'SELECT 1 AS one'), [{ one: 1 }])
})

async function connect(t: TestContext, postgres: EmbeddedPostgres): Promise<pg.Client> {
  const client = new pg.Client(postgres.connection)
  client.on('error', () => {})
  await client.connect()
  afterTest(t, () => void client.end())
  return client
}

async function query(postgres: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client(postgres.connection)
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}
