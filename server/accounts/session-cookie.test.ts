import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessionCookie } from './session-cookie.ts'

const [old, current] = ['the-secret-of-last-year-of-this-server', 'the-secret-of-this-year-of-this-server']
/** As a browser sends back what it was told to keep, among cookies of others. */
const kept = (setCookie: string) => `theme=dark; ${setCookie.split(';')[0]}; parley_session_old=x`

test('a cookie names the token that it was written for, and nobody can write another', () => {
  const cookie = createSessionCookie([current], false)
  const header = kept(cookie.write('abcDEF123'))
  assert.deepEqual(cookie.read(header), { token: 'abcDEF123', outdated: false })
  assert.equal(cookie.read(header.replace('abc', 'abd')), undefined)
  assert.equal(createSessionCookie([old], false).read(header), undefined)
  for (const broken of [
    undefined,
    '',
    'parley_session',
    'parley_session=%',
    'parley_session=a.b',
    kept(cookie.clear()),
  ])
    assert.equal(cookie.read(broken), undefined)
})

test('after a change of the secret, cookies signed with the one before are good, and known to be outdated', () => {
  const header = kept(createSessionCookie([old], true).write('abc'))
  const changed = createSessionCookie([current, old], true)
  assert.deepEqual(changed.read(header), { token: 'abc', outdated: true })
  assert.deepEqual(changed.read(kept(changed.write('abc'))), { token: 'abc', outdated: false })
})

test('a cookie that is there but wrong is told from none', () => {
  const cookie = createSessionCookie([current], false)
  assert.equal(cookie.isIn('parley_session=x'), true)
  assert.equal(cookie.isIn('__Host-parley_session=x; other_parley_session=x'), false)
})
