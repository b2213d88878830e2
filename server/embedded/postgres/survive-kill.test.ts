import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { findPostmaster } from './postmaster-file.ts'
import type { EmbeddedPostgres } from './start-postgres.ts'
import { afterTest } from './testing/after-test.ts'
import { startParley } from './testing/parley-process.ts'
import { scratchFolder, startIn } from './testing/scratch-folder.ts'
import { until } from './testing/until.ts'

test('a Postgres left by a killed Parley is adopted with its rows, and stopped by the next one', async t => {
  const folder = await scratchFolder(t)
  const killed = startParley(t, folder)
  assert.equal(await killed.answer, 'ready')
  const orphan = await findPostmaster(join(folder, 'cluster'))
  assert.ok(orphan)
  await useDatabase(join(folder, 'socket'), async client => {
    await client.query('CREATE TABLE note AS SELECT 1 AS id')
  })
  await killed.kill()

  const postgres = await startIn(t, folder)
  assert.equal((await findPostmaster(join(folder, 'cluster')))?.pid, orphan.pid)
  assert.deepEqual(await rows(postgres, 'SELECT id FROM note'), [{ id: 1 }])
  await postgres.stop()
  assert.equal(await findPostmaster(join(folder, 'cluster')), undefined)
})

test('a Postgres on a port is adopted as well, under the port it has', async t => {
  const folder = join(await scratchFolder(t), 'a-name-that-is-long'.repeat(6))
  const killed = startParley(t, folder)
  assert.equal(await killed.answer, 'ready')
  const orphan = await findPostmaster(join(folder, 'cluster'))
  await killed.kill()
  const postgres = await startIn(t, folder)
  assert.equal(postgres.connection.port, orphan?.port)
  assert.equal((await findPostmaster(join(folder, 'cluster')))?.pid, orphan?.pid)
})

test('lock files of a machine that crashed do not block the start, though their process number is in use again', async t => {
  const folder = await scratchFolder(t)
  const first = await startIn(t, folder)
  const files = [join(folder, 'cluster', 'postmaster.pid'), join(folder, 'socket', '.s.PGSQL.5432.lock')]
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8')))
  await first.stop()
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  afterTest(t, () => stranger.kill('SIGKILL'))
  for (const [index, file] of files.entries()) {
    await writeFile(file, (texts[index] ?? '').replace(/^\d+/, String(stranger.pid)), { mode: 0o600 })
  }
  const second = await startIn(t, folder)
  assert.deepEqual(await rows(second, 'SELECT 1 AS one'), [{ one: 1 }])
  await second.stop()
  assert.equal(stranger.exitCode ?? stranger.signalCode, null, 'the stranger was not harmed')
})

test('a start killed while it made the data folder leaves nothing that the next start trips over', async t => {
  const folder = await scratchFolder(t)
  const killed = startParley(t, folder)
  await until(async () => (await readdir(folder)).some(isDraft))
  await killed.kill()
  assert.ok((await readdir(folder)).some(isDraft), 'it was killed before the folder was complete')
  const postgres = await startIn(t, folder)
  assert.deepEqual((await readdir(folder)).filter(isDraft), [])
  assert.deepEqual(await rows(postgres, 'SELECT 1 AS one'), [{ one: 1 }])
})

test('of two first starts at once one serves the folder and the other is refused with the sentence', async t => {
  const folder = await scratchFolder(t)
  const both = [startParley(t, folder), startParley(t, folder)]
  const answers = (await Promise.all(both.map(one => one.answer))).sort()
  assert.equal(answers[0], 'ready')
  assert.match(answers[1] ?? '', /^refused: Another Parley \(process \d+\) already runs on the folder/)
  assert.deepEqual((await readdir(folder)).filter(isDraft), [])
})

test('a Postgres that is killed comes back under the same address, with its rows and the folder still held', async t => {
  const folder = await scratchFolder(t)
  const postgres = await startIn(t, folder)
  const pool = new pg.Pool(postgres.connection)
  pool.on('error', () => {})
  afterTest(t, () => pool.end())
  await pool.query('CREATE TABLE note AS SELECT 1 AS id')
  const before = await findPostmaster(join(folder, 'cluster'))
  assert.ok(before)
  process.kill(before.pid, 'SIGKILL')
  await until(async () => ((await findPostmaster(join(folder, 'cluster')))?.pid ?? before.pid) !== before.pid)
  await until(async () => {
    const held = await pool.query("SELECT FROM pg_locks WHERE locktype = 'advisory'").catch(() => undefined)
    return held?.rowCount === 1
  })
  assert.deepEqual((await pool.query('SELECT id FROM note')).rows, [{ id: 1 }])
  await postgres.stop()
  assert.equal(await postgres.exited, undefined)
})

const isDraft = (name: string) => name.startsWith('cluster-being-made-by-')

function rows(postgres: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  return useDatabase(postgres.connection, async client => (await client.query<Record<string, unknown>>(sql)).rows)
}

async function useDatabase<Result>(
  where: string | EmbeddedPostgres['connection'],
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const connection = typeof where === 'string' ? { host: where, user: 'parley', database: 'parley' } : where
  const client = new pg.Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
