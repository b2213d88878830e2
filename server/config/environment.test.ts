import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../config.ts'
import { load, mistakesOf } from './try-config.ts'

const key = 'k'.repeat(32)

test('decides where Parley listens and keeps its data', () => {
  const config = load(undefined, { PORT: '8080', HOST: '0.0.0.0', PARLEY_DATA: 'kept', LOG_LEVEL: 'silent' })
  assert.deepEqual(
    [config.port, config.host, config.dataFolder, config.logLevel],
    [8080, '0.0.0.0', '/srv/kept', 'silent'],
  )
})

test('an empty variable counts as not set', () => {
  assert.deepEqual(load(undefined, { PORT: '', REDIS_URL: ' ', PARLEY_ADMIN_KEY: '' }), load())
})

test('an admin key alone is that of admin@parley.local', () => {
  const { admin } = load(undefined, { PARLEY_ADMIN_KEY: key })
  assert.deepEqual(admin, { email: 'admin@parley.local', password: undefined, key })
})

test('an admin has an e-mail address and a password', () => {
  const env = { PARLEY_ADMIN_EMAIL: 'ada@example.com', PARLEY_ADMIN_PASSWORD: 'twelve chars' }
  assert.deepEqual(load(undefined, env).admin, { email: 'ada@example.com', password: 'twelve chars', key: undefined })
  assert.deepEqual(mistakesOf(undefined, { PARLEY_ADMIN_EMAIL: 'ada@example.com' }), [
    'PARLEY_ADMIN_PASSWORD: must be set, as PARLEY_ADMIN_EMAIL is',
  ])
  assert.deepEqual(mistakesOf(undefined, { PARLEY_ADMIN_PASSWORD: 'twelve chars' }), [
    'PARLEY_ADMIN_EMAIL: must be set, as PARLEY_ADMIN_PASSWORD is',
  ])
})

test('a short key, password, secret or token stops the start and is not shown', () => {
  const env = {
    PARLEY_ADMIN_EMAIL: 'ada@example.com',
    PARLEY_ADMIN_PASSWORD: 'hunter2',
    PARLEY_ADMIN_KEY: 'hunter2',
    PARLEY_SECRET: `${key},hunter2`,
    PARLEY_METRICS_TOKEN: 'hunter2',
  }
  assert.deepEqual(mistakesOf(undefined, env), [
    'PARLEY_ADMIN_PASSWORD: must be text of at least 12 characters',
    'PARLEY_ADMIN_KEY: must be at least 32 printable ASCII characters without spaces',
    'PARLEY_SECRET: must be secrets of at least 32 characters each, with commas between',
    'PARLEY_METRICS_TOKEN: must be at least 16 printable ASCII characters without spaces',
  ])
})

test('a database of your own needs the secret that its rows are sealed with', () => {
  const DATABASE_URL = 'postgres://ada:hunter2@db/parley'
  assert.deepEqual(mistakesOf(undefined, { DATABASE_URL }), ['PARLEY_SECRET: must be set, as DATABASE_URL is'])
  const older = 'o'.repeat(40)
  const config = load(undefined, { DATABASE_URL, PARLEY_SECRET: `${key}, ${older}` })
  assert.deepEqual(config.database, { url: DATABASE_URL, directUrl: DATABASE_URL })
  assert.deepEqual(config.secrets, [key, older])
})

test('a direct address is a second way to a database that is named', () => {
  const direct = { DATABASE_DIRECT_URL: 'postgres://db:5432/parley' }
  assert.deepEqual(mistakesOf(undefined, direct), ['DATABASE_URL: must be set, as DATABASE_DIRECT_URL is'])
  const env = { ...direct, DATABASE_URL: 'postgres://pooler/parley', PARLEY_SECRET: key }
  assert.equal(load(undefined, env).database?.directUrl, direct.DATABASE_DIRECT_URL)
})

test('the public address is an origin', () => {
  assert.equal(load(undefined, { PARLEY_URL: 'https://Chat.example.com' }).publicUrl?.href, 'https://chat.example.com/')
  for (const PARLEY_URL of ['chat.example.com', 'ftp://chat.example.com', 'https://chat.example.com/parley'])
    assert.deepEqual(mistakesOf(undefined, { PARLEY_URL }), [
      `PARLEY_URL: must be an http or https address without a path (is "${PARLEY_URL}")`,
    ])
  const [mistake] = mistakesOf(undefined, { PARLEY_URL: 'https://ada:hunter2@chat.example.com' })
  assert.equal(mistake, 'PARLEY_URL: must be an http or https address without a path')
})

test('a file that is named must exist', () => {
  assert.deepEqual(mistakesOf(undefined, { PARLEY_CONFIG: 'conf/chat.yaml' }), [
    'conf/chat.yaml: cannot be read: there is no such file',
  ])
  const config = load(undefined, { PARLEY_CONFIG: 'conf/chat.yaml' }, { '/srv/conf/chat.yaml': 'discover: off' })
  assert.deepEqual([config.discover, config.configFile], ['off', '/srv/conf/chat.yaml'])
})

test('a file that is there but cannot be read is never passed over', () => {
  const readFile = () => {
    throw Object.assign(new Error(), { code: 'EACCES' })
  }
  assert.throws(() => loadConfig({ env: {}, cwd: '/srv', readFile }), {
    message: 'parley.yaml: cannot be read: access is denied',
  })
})
