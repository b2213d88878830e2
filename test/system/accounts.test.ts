import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { Instance, InvitedUser, PasswordLink, SessionPage, User, UserPage } from '#protocol'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { atEnd, fileScope, type RunningServer, startServer, until } from '../support/server.ts'
import {
  call,
  invite,
  type Person,
  password,
  setUp,
  setUpLinkOf,
  signedIn,
  signIn,
  throughProxies,
  tokenOf,
} from './people.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { newConversation, problemOf } from './talk.ts'

const file = fileScope()
let yaml: string
let database: TestDatabase
let server: RunningServer
/** Another one on the same database. */
let other: RunningServer
let ada: Person

const environment = ({ url }: TestDatabase) => ({
  DATABASE_URL: url,
  PARLEY_SECRET: 'the-secret-that-signs-the-sessions',
  PARLEY_ADMIN_KEY: undefined,
})

before(async () => {
  database = await createTestDatabase()
  atEnd(file, database.drop)
  yaml = (await startStandIn(file)).yaml + throughProxies
  const env = environment(database)
  server = await startServer(file, { env, yaml })
  other = await startServer(file, { env, yaml })
  ada = await setUp(server)
})

const signedOut = (person: Person) => async () => (await person.api('GET', '/me')).status === 401

describe('accounts', { concurrency: 4 }, () => {
  test('a fresh server prints a link that makes the first admin, once: of several at once one wins', async t => {
    const fresh = await createTestDatabase()
    atEnd(t, fresh.drop)
    const env = environment(fresh)
    const first = await startServer(t, { env, yaml })
    assert.equal(Instance.parse((await call(first, 'GET', '/instance')).body).set_up, false)
    const link = await setUpLinkOf(first)
    assert.ok(link.startsWith(`${first.url}/setup#`), link)
    assert.match(tokenOf(link), /^[\w-]{43}$/)
    const again = await startServer(t, { env, yaml })
    const another = await setUpLinkOf(again)
    assert.notEqual(another, link)

    const body = { name: 'Ada', email: 'ada@example.com', password }
    const spend = (token: string, more: object = {}) => call(first, 'POST', '/setup', { ...body, token, ...more })
    problemOf(await spend('made-up'), 422, 'invalid_field')
    problemOf(await spend(tokenOf(link), { password: 'too short' }), 422, 'invalid_field')
    const answers = await Promise.all([
      spend(tokenOf(link)),
      spend(tokenOf(link), { email: 'mallory@example.com' }),
      spend(tokenOf(another), { email: 'eve@example.com' }),
    ])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422, 422])
    assert.equal(User.parse(answers.find(({ status }) => status === 201)?.body).role, 'admin')
    const users = await fresh.query('SELECT FROM users')
    assert.equal(users.length, 1)
    assert.equal(Instance.parse((await call(again, 'GET', '/instance')).body).set_up, true)
    const audited = await fresh.query<{ action: string }>('SELECT action FROM audit')
    assert.deepEqual(audited, [{ action: 'instance.set_up' }])
    assert.doesNotMatch((await startServer(t, { env, yaml })).stdout, /setup#/)
  })

  test('signing in takes the right password of the right e-mail, in any case, and tells nothing else', async () => {
    const person = signedIn(server, await signIn(server, 'ADA@example.COM'))
    assert.deepEqual(person.user, ada.user)
    assert.deepEqual((await person.api('GET', '/me')).body, person.user)
    const wrong = problemOf(await signIn(server, 'ada@example.com', 'not the password'), 401, 'unauthenticated')
    const unknown = problemOf(await signIn(server, 'nobody@example.com'), 401, 'unauthenticated')
    const noEmail = problemOf(await signIn(server, 'ada'), 401, 'unauthenticated')
    assert.deepEqual([unknown.detail, noEmail.detail], [wrong.detail, wrong.detail])
  })

  test('signing out ends the session at once; it works without one, too', async () => {
    const person = signedIn(server, await signIn(server, 'ada@example.com'))
    assert.equal((await person.api('GET', '/me')).status, 200)
    const answer = await person.api('POST', '/sign-out')
    assert.equal(answer.status, 204)
    assert.match(answer.headers.getSetCookie()[0] ?? '', /^parley_session=; Max-Age=0;/)
    problemOf(await person.api('GET', '/me'), 401, 'unauthenticated')
    assert.equal((await call(server, 'POST', '/sign-out')).status, 204)
    assert.equal((await person.api('POST', '/sign-out')).status, 204)
  })

  test('servers on one database share sessions, and what one ends is over on the other within 2 s', async () => {
    const here = signedIn(server, await signIn(server, 'ada@example.com'))
    const there: Person = {
      ...here,
      api: (method, path) => call(other, method, path, undefined, { cookie: here.cookie }),
    }
    assert.equal((await there.api('GET', '/me')).status, 200)
    const endedAt = performance.now()
    await here.api('POST', '/sign-out')
    await until('it is over there', signedOut(there))
    assert.ok(performance.now() - endedAt < 4_000)
  })

  test('everybody sees and ends their own sessions, and nobody the others', async () => {
    const [here, away] = [
      await invite(server, ada, 'Grace'),
      signedIn(server, await signIn(server, 'grace@example.com')),
    ]
    const { data } = SessionPage.parse((await here.api('GET', '/sessions')).body)
    assert.deepEqual(
      data.map(({ current }) => current),
      [false, true],
    )
    assert.match(data[0]?.ip_address ?? '', /^10\.0\./)
    const awayId = data[0]?.id
    problemOf(await ada.api('DELETE', `/sessions/${awayId}`), 404, 'not_found')
    problemOf(await ada.api('DELETE', '/sessions/none'), 404, 'not_found')
    assert.equal((await away.api('GET', '/me')).status, 200)
    assert.equal((await here.api('DELETE', `/sessions/${awayId}`)).status, 204)
    problemOf(await away.api('GET', '/me'), 401, 'unauthenticated')
    const { next_cursor: cursor } = SessionPage.parse((await ada.api('GET', '/sessions?limit=1')).body)
    assert.equal(SessionPage.parse((await ada.api('GET', `/sessions?limit=1&cursor=${cursor}`)).body).data.length, 1)
  })

  test('a person changes their name and their password, which ends their other sessions', async () => {
    const [here, away] = [await invite(server, ada, 'Hedy'), signedIn(server, await signIn(server, 'hedy@example.com'))]
    const renamed = User.parse((await here.api('PATCH', '/me', { name: ' Hedy Lamarr ' })).body)
    assert.equal(renamed.name, 'Hedy Lamarr')
    const change = (current: string) =>
      here.api('POST', '/me/password', { current_password: current, new_password: 'another long one' })
    const wrong = problemOf(await change('not the password'), 422, 'invalid_field')
    assert.deepEqual(
      wrong.errors?.map(({ field }) => field),
      ['current_password'],
    )
    assert.equal((await away.api('GET', '/me')).status, 200)
    assert.equal((await change(password)).status, 204)
    problemOf(await away.api('GET', '/me'), 401, 'unauthenticated')
    assert.equal((await here.api('GET', '/me')).status, 200)
    problemOf(await signIn(server, 'hedy@example.com'), 401, 'unauthenticated')
    signedIn(server, await signIn(server, 'hedy@example.com', 'another long one'))
  })

  test('an admin invites; the link sets the password once, and ends the sessions before it', async () => {
    const added = await ada.api('POST', '/admin/users', { name: 'Mary', email: 'Mary@example.com' })
    assert.equal(added.status, 201, added.text)
    const { user, link } = InvitedUser.parse(added.body)
    assert.deepEqual([user.role, user.email, user.has_password], ['user', 'mary@example.com', false])
    assert.ok(link.url.startsWith(`${server.url}/password#`), link.url)
    assert.ok(Math.abs(Date.parse(link.expires_at) - Date.now() - 24 * 3_600_000) < 60_000)
    const taken = problemOf(
      await ada.api('POST', '/admin/users', { name: 'M', email: 'MARY@example.com' }),
      422,
      'invalid_field',
    )
    assert.deepEqual(
      taken.errors?.map(({ field }) => field),
      ['email'],
    )

    const spend = (url: string) => call(server, 'POST', '/password', { token: tokenOf(url), password })
    const answers = await Promise.all([spend(link.url), spend(link.url)])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 422])
    const mary = signedIn(server, await signIn(server, 'mary@example.com'))
    assert.equal(mary.user.has_password, true)
    const anew = await ada.api('POST', `/admin/users/${mary.user.id}/password-link`)
    assert.equal((await mary.api('GET', '/me')).status, 200, 'until the link is used')
    const back = signedIn(server, await spend(PasswordLink.parse(anew.body).url))
    problemOf(await mary.api('GET', '/me'), 401, 'unauthenticated')
    assert.equal((await back.api('GET', '/me')).status, 200)
    problemOf(await ada.api('POST', '/admin/users/999999/password-link'), 404, 'not_found')
    const audited = await database.query<{ action: string; actor_id: string }>(
      'SELECT action, actor_id FROM audit WHERE object = $1 ORDER BY created_at',
      [mary.user.id],
    )
    assert.deepEqual(audited, [
      { action: 'user.invite', actor_id: ada.user.id },
      { action: 'user.password_link', actor_id: ada.user.id },
    ])
  })

  test('a link that is a day old by the clock of the database sets nothing', async () => {
    const added = await ada.api('POST', '/admin/users', { name: 'Late', email: 'late@example.com' })
    const { user, link } = InvitedUser.parse(added.body)
    await database.query('UPDATE verifications SET expires_at = now() WHERE value = $1', [`password:${user.id}`])
    problemOf(await call(server, 'POST', '/password', { token: tokenOf(link.url), password }), 422, 'invalid_field')
  })

  test('what is for admins is for nobody else', async () => {
    const user = await invite(server, ada, 'Joan')
    for (const [method, path, body] of [
      ['GET', '/admin/users', undefined],
      ['POST', '/admin/users', { name: 'X', email: 'x@example.com' }],
      ['POST', `/admin/users/${ada.user.id}/password-link`, undefined],
    ] as const)
      problemOf(await user.api(method, path, body), 403, 'forbidden')
    problemOf(await call(server, 'GET', '/admin/users'), 401, 'unauthenticated')
    const page = UserPage.parse((await ada.api('GET', '/admin/users?limit=1')).body)
    assert.deepEqual(page.data, [ada.user])
    assert.equal(page.has_more, true)
    const next = UserPage.parse((await ada.api('GET', `/admin/users?limit=1&cursor=${page.next_cursor}`)).body)
    assert.notEqual(next.data[0]?.id, ada.user.id)
  })

  test('a banned user is out within 2 s, and cannot sign in', async () => {
    const user = await invite(server, ada, 'Trudy')
    assert.equal((await newConversation(user)).title, null)
    await database.query('UPDATE users SET banned = true WHERE id = $1', [user.user.id])
    const bannedAt = performance.now()
    await until('they are out', signedOut(user))
    assert.ok(performance.now() - bannedAt < 4_000)
    problemOf(await signIn(server, 'trudy@example.com'), 401, 'unauthenticated')
  })

  test('a session lives for 30 days, and again from each day on which it is used', async () => {
    const person = await invite(server, ada, 'Radia')
    const daysLeft = async () => {
      const { data } = SessionPage.parse((await person.api('GET', '/sessions')).body)
      return Math.round((Date.parse(data.find(({ current }) => current)?.expires_at ?? '') - Date.now()) / 86_400_000)
    }
    assert.equal(await daysLeft(), 30)
    assert.deepEqual((await person.api('GET', '/me')).headers.getSetCookie(), [])
    await database.query("UPDATE sessions SET expires_at = now() + interval '5 days' WHERE user_id = $1", [
      person.user.id,
    ])
    const [renewed] = await until('the cookie comes anew', async () => {
      const cookies = (await person.api('GET', '/me')).headers.getSetCookie()
      return cookies.length > 0 && cookies
    })
    assert.match(renewed ?? '', /; Max-Age=2592000;/)
    assert.equal(renewed?.split(';')[0], person.cookie)
    assert.equal(await daysLeft(), 30)
    await database.query('UPDATE sessions SET expires_at = now() WHERE user_id = $1', [person.user.id])
    await until('it has run out', signedOut(person))
  })

  test('guessing is limited: for one e-mail from one address, and for one address', async () => {
    const guess = (email: string, address: string) =>
      call(server, 'POST', '/sign-in', { email, password: 'a guess of mine' }, { address })
    const statuses: number[] = []
    for (let attempt = 0; attempt < 12; attempt++) statuses.push((await guess('ada@example.com', '192.0.2.1')).status)
    assert.deepEqual(statuses.slice(0, 10), Array(10).fill(401))
    assert.equal(statuses.at(-1), 429)
    const tooMany = await guess('ADA@example.com', '192.0.2.1')
    const { headers: left } = tooMany
    const refused = problemOf(tooMany, 429, 'rate_limited')
    assert.match(refused.detail, /10 attempts a minute/)
    assert.deepEqual([left.get('ratelimit-limit'), left.get('ratelimit-remaining')], ['10', '0'])
    assert.equal((await guess('ada@example.com', '192.0.2.2')).status, 401, 'others are not kept out')

    const tokens = Array.from({ length: 25 }, (_, at) => `guess-${at}`)
    for (const token of tokens) {
      // Addresses of one IPv6 network are one customer's.
      const address = `2001:db8::${tokens.indexOf(token).toString(16)}`
      statuses.push((await call(server, 'POST', '/password', { token, password }, { address })).status)
    }
    assert.equal(statuses.at(-1), 429)
  })
})

test('nothing of it stands in the logs', async () => {
  const person = signedIn(server, await signIn(server, 'ada@example.com'))
  await person.api('GET', '/me')
  const logs = server.stderr + other.stderr
  for (const secret of ['example.com', password, person.cookie.slice(15, 40), 'setup#', 'password#', 'guess-1'])
    assert.ok(!logs.toLowerCase().includes(secret.toLowerCase()), secret)
  assert.ok(logs.includes('/api/v1/sign-in'))
})
