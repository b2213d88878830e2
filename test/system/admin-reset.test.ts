import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { runCommand } from '../support/run-command.ts'
import { atEnd, fileScope, type RunningServer, startServer, until } from '../support/server.ts'
import { call, invite, type Person, password, setUp, signedIn, signIn, throughProxies, tokenOf } from './people.ts'
import { startStandIn } from './stand-in-cluster.ts'

// `npx parley admin reset`: who runs the server lets an admin in again.

const file = fileScope()
let database: TestDatabase
let environment: Readonly<Record<string, string>>
let server: RunningServer
let ada: Person

before(async () => {
  database = await createTestDatabase()
  atEnd(file, database.drop)
  environment = { DATABASE_URL: database.url, PARLEY_SECRET: 'the-secret-that-signs-the-sessions' }
  const yaml = (await startStandIn(file)).yaml + throughProxies
  server = await startServer(file, { env: { ...environment, PARLEY_ADMIN_KEY: undefined }, yaml })
  ada = await setUp(server)
})

suite('a locked-out admin', () => {
  test('sets a new password by the link that the command prints, once, and is signed out elsewhere', async t => {
    const { code, stdout, stderr } = await runCommand(t, ['admin', 'reset'], environment)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^http:\/\/localhost:\d+\/password#[\w-]{43}\n$/)
    assert.match(stderr, /ada@example\.com, once, until \d{4}-/)
    assert.equal((await signIn(server, 'ada@example.com')).status, 200, 'until then the old one works')

    const token = tokenOf(stdout.trim())
    signedIn(server, await call(server, 'POST', '/password', { token, password: 'a new horse, a new battery' }))
    assert.equal((await signIn(server, 'ada@example.com')).status, 401)
    assert.equal((await signIn(server, 'ada@example.com', 'a new horse, a new battery')).status, 200)
    assert.equal((await call(server, 'POST', '/password', { token, password })).status, 422)
    await until('the old session has ended', async () => (await ada.api('GET', '/me')).status === 401)
    const audited = await database.query('SELECT actor_id, object FROM audit WHERE action = $1', ['user.password_link'])
    assert.deepEqual(audited, [{ actor_id: null, object: ada.user.id }])
  })

  test('is named where there are several; nobody else gets in this way', async t => {
    const admin = signedIn(server, await signIn(server, 'ada@example.com', 'a new horse, a new battery'))
    await invite(server, admin, 'Bob')
    const added = await admin.api('POST', '/admin/users', { name: 'Eve', email: 'eve@example.com', role: 'admin' })
    assert.equal(added.status, 201, added.text)

    const reset = (...args: string[]) => runCommand(t, ['admin', 'reset', ...args], environment)
    const [unnamed, eve, bob, nobody] = await Promise.all([
      reset(),
      reset('EVE@example.com'),
      reset('bob@example.com'),
      reset('mallory@example.com'),
    ])
    const admins = 'The admins are ada@example.com, eve@example.com.'
    assert.deepEqual([unnamed.code, unnamed.stderr], [2, `Whose password? ${admins}\n`])
    assert.deepEqual([eve.code, eve.stdout.split('#').length], [0, 2])
    assert.deepEqual([bob.code, bob.stderr], [2, `No admin has the e-mail bob@example.com. ${admins}\n`])
    assert.deepEqual([nobody.code, nobody.stderr], [2, `Nobody here has the e-mail mallory@example.com. ${admins}\n`])
    for (const { stdout } of [unnamed, bob, nobody]) assert.equal(stdout, '')

    await database.query("UPDATE users SET banned = true WHERE email = 'eve@example.com'")
    const banned = await reset('eve@example.com')
    assert.deepEqual([banned.code, banned.stdout, banned.stderr], [2, '', 'eve@example.com is banned.\n'])
  })

  test('a call that makes no sense is told so, and a database without Parley is none', async t => {
    const empty = await createTestDatabase()
    atEnd(t, empty.drop)
    const [nothing, wrong, foreign] = await Promise.all([
      runCommand(t, ['admin'], environment),
      runCommand(t, ['admin', 'reset', '--force'], environment),
      runCommand(t, ['admin', 'reset'], { ...environment, DATABASE_URL: empty.url }),
    ])
    assert.equal(nothing.code, 2)
    assert.match(nothing.stderr, /Usage: npx parley admin reset/)
    assert.match(wrong.stderr, /It takes one e-mail address/)
    assert.deepEqual([foreign.code, foreign.stderr], [2, 'This database holds no Parley.\n'])
  })
})
