import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { createTestDatabase, createTestStore } from '../support/database.ts'
import {
  atEnd,
  failToStart,
  type ServerOptions,
  type ServerProcess,
  scratchFolder,
  startFile,
  startServer,
  untilNothingIsLeft,
} from '../support/server.ts'

// A start that cannot succeed says why, in a sentence for the operator, and leaves nothing running.

/** What the server said last, outside its log; by then it has ended with code 1, and so has everything it began. */
async function reasonOf(t: TestContext, options: ServerOptions): Promise<string> {
  const server = await failToStart(t, options)
  assert.deepEqual([server.code, server.signal], [1, null], server.stderr)
  await untilNothingIsLeft(server.workFolder)
  if (options.dataFolder === undefined) await untilNothingIsLeft(server.dataFolder)
  return wordsOf(server)
}

/** Without the log's lines, and never a stack. */
function wordsOf({ stderr }: ServerProcess): string {
  const words = stderr.split('\n').filter(line => line !== '' && !line.startsWith('{'))
  assert.doesNotMatch(words.join('\n'), /^\s+at /m)
  return words.join('\n')
}

const secret = 'the-secret-that-this-database-has'

describe('a start that cannot succeed', { concurrency: 2 }, () => {
  test('a second server on the same data folder names the first', async t => {
    const first = await startServer(t)
    const words = await reasonOf(t, { dataFolder: first.dataFolder })
    assert.match(words, new RegExp(`^Another Parley \\(process ${first.pid}\\) already runs on the folder ".*"\\. .*$`))
    assert.equal((await fetch(`${first.url}/readyz`)).status, 200, 'and leaves the first alone')
  })

  test('a port that is taken', async t => {
    const holder = createServer().listen(0, '127.0.0.1')
    atEnd(t, () => holder.close())
    await once(holder, 'listening')
    const port = (holder.address() as { port: number }).port
    const words = await reasonOf(t, { env: { PORT: String(port) } })
    assert.equal(words, `Port ${port} on 127.0.0.1 is in use: end what listens there, or choose another with PORT.`)
  })

  test('mistakes in parley.yaml: all of them, with their lines', async t => {
    const yaml = [
      'clusters:',
      '  - name: a',
      '    url: not-an-address',
      '  - name: a',
      '    url: http://127.0.0.1:1/v1',
      'limts: {}',
      'router: { policy: guess }',
      '',
    ].join('\n')
    const words = await reasonOf(t, { yaml })
    const places = words.split('\n').map(line => /^parley\.yaml:(\d+): ([^:]+): \S/.exec(line)?.slice(1))
    assert.deepEqual(places, [
      ['3', 'clusters[0].url'],
      ['4', 'clusters[1].name'],
      ['6', 'limts'],
      ['7', 'router.policy'],
    ])
  })

  test('a parley.yaml that is no YAML', async t => {
    for (const line of (await reasonOf(t, { yaml: 'clusters: [\n  - a: b: c\n' })).split('\n'))
      assert.match(line, /^parley\.yaml:\d+: is not YAML here: .+$/)
  })

  test('an admin key that is too short is refused, and not shown', async t => {
    const words = await reasonOf(t, { env: { PARLEY_ADMIN_KEY: 'sesame-open' } })
    assert.match(words, /^PARLEY_ADMIN_KEY: must be at least 32 .*$/)
    assert.doesNotMatch(words, /sesame/)
  })

  test('a database that nobody serves, without the password of its address', async t => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const port = (closed.address() as { port: number }).port
    closed.close()
    await once(closed, 'close')
    const server = await failToStart(t, {
      env: { DATABASE_URL: `postgres://parley:sesame-open@127.0.0.1:${port}/parley`, PARLEY_SECRET: secret },
    })
    assert.equal(server.code, 1)
    assert.equal(wordsOf(server), 'The database cannot be reached (ECONNREFUSED). Check DATABASE_URL.')
    assert.doesNotMatch(server.stdout + server.stderr, /sesame/)
    await untilNothingIsLeft(server.workFolder, server.dataFolder)
  })

  test('a database that is not there', async t => {
    const database = await createTestDatabase()
    atEnd(t, database.drop)
    const words = await reasonOf(t, { env: { DATABASE_URL: `${database.url}_not_there`, PARLEY_SECRET: secret } })
    assert.equal(words, 'The database does not exist (3D000). Check DATABASE_URL.')
  })

  test('DATABASE_URL without PARLEY_SECRET', async t => {
    const words = await reasonOf(t, { env: { DATABASE_URL: 'postgres://parley@127.0.0.1:1/parley' } })
    assert.equal(words, 'PARLEY_SECRET: must be set, as DATABASE_URL is')
  })

  test('another secret than the database was set up with; both together are taken', async t => {
    const database = await createTestDatabase()
    atEnd(t, database.drop)
    const first = await startServer(t, { env: { DATABASE_URL: database.url, PARLEY_SECRET: secret } })
    await first.stop()
    const other = 'quite-another-secret-of-enough-letters'
    const words = await reasonOf(t, { env: { DATABASE_URL: database.url, PARLEY_SECRET: other } })
    assert.match(words, /^PARLEY_SECRET is not the one this database was set up with: .*PARLEY_SECRET=new,old.*$/)
    assert.ok(!words.includes(other))
    await startServer(t, { env: { DATABASE_URL: database.url, PARLEY_SECRET: `${other},${secret}` } })
  })

  test('a schema of a newer release is not touched', async t => {
    const { store, database } = await createTestStore()
    atEnd(t, database.drop)
    await store.close()
    await database.query("INSERT INTO schema_migrations (version, file) VALUES (9999, '9999-later.sql')")
    const words = await reasonOf(t, { env: { DATABASE_URL: database.url, PARLEY_SECRET: secret } })
    assert.match(words, /^The database has schema version 9999, this release knows \d+: start the release .*$/)
  })

  test('a data folder that is a file', async t => {
    const dataFolder = join(await scratchFolder(t), 'data')
    await writeFile(dataFolder, 'no folder')
    assert.match(await reasonOf(t, { dataFolder }), /^".*" is not a folder \(EEXIST\)\. .*PARLEY_DATA\.$/)
    assert.match(
      await reasonOf(t, { dataFolder: join(dataFolder, 'below') }),
      /^".*" is not a folder, .*PARLEY_DATA\.$/,
    )
  })

  test('a data folder on a full disk', async t => {
    const dataFolder = await mountData(t, 'size=1m')
    if (dataFolder === undefined) return
    const words = await reasonOf(t, { dataFolder })
    assert.match(words, /^The disk of ".*" is full\. Free some space .*PARLEY_DATA\.$/)
    await untilNothingIsLeft(dataFolder)
  })

  test('a data folder on a read-only disk', async t => {
    const dataFolder = await mountData(t, 'ro')
    if (dataFolder === undefined) return
    assert.match(
      await reasonOf(t, { dataFolder }),
      /^The folder ".*" is read-only\. Make it writable, .*PARLEY_DATA\.$/,
    )
    const below = join(dataFolder, 'not', 'there')
    assert.match(
      await reasonOf(t, { dataFolder: below }),
      /^".*" (cannot be made|is on a read-only disk) .*PARLEY_DATA\.$/,
    )
  })

  test('an older Node is told which one is needed', async t => {
    const old = await findOldNode()
    if (old === undefined) {
      t.skip('this machine has no older Node')
      return
    }
    const words = await reasonOf(t, { command: [old.path, startFile] })
    assert.equal(words, `Parley needs Node 26, this is ${old.version}: use \`npm start\`, which brings its own.`)
  })
})

/** Mounts a file system on a fresh data folder until the test ends; undefined, with a word, where that is forbidden. */
async function mountData(t: TestContext, options: string): Promise<string | undefined> {
  const folder = join(await scratchFolder(t), 'data')
  await mkdir(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder], { stdio: 'ignore' })
  } catch {
    t.skip('this user may not mount file systems')
    return undefined
  }
  atEnd(t, () => execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' }))
  return folder
}

async function findOldNode(): Promise<{ path: string; version: string } | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'node')
    if (
      !(await access(path).then(
        () => true,
        () => false,
      ))
    )
      continue
    const { stdout } = await promisify(execFile)(path, ['--version'])
    if (Number.parseInt(stdout.slice(1), 10) < 26) return { path, version: stdout.trim() }
  }
  return undefined
}
