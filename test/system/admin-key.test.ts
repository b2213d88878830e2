import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestDatabase } from '../support/database.ts'
import { adminKey, atEnd, startServer } from '../support/server.ts'
import { startStandIn } from './stand-in-cluster.ts'

test('the only key of the environment that works is that of the last start, whoever holds it', async t => {
  const database = await createTestDatabase()
  atEnd(t, database.drop)
  const { yaml } = await startStandIn(t)
  const start = (env: Readonly<Record<string, string | undefined>>) =>
    startServer(t, {
      env: { DATABASE_URL: database.url, PARLEY_SECRET: 'the-secret-of-this-test-of-admin-keys', ...env },
      yaml,
    })
  const newer = 'the-key-that-came-after-the-other-leaked'
  const person = { PARLEY_ADMIN_EMAIL: 'ada@example.com', PARLEY_ADMIN_PASSWORD: 'correct horse battery' }
  const statuses = ({ api }: Awaited<ReturnType<typeof start>>) =>
    Promise.all(
      [adminKey, newer].map(
        async key => (await api('GET', '/me', undefined, { authorization: `Bearer ${key}` })).status,
      ),
    )
  assert.deepEqual(await statuses(await start({})), [200, 401])
  assert.deepEqual(await statuses(await start({ ...person, PARLEY_ADMIN_KEY: newer })), [401, 200])
  assert.deepEqual(await statuses(await start({ PARLEY_ADMIN_KEY: undefined })), [401, 401])
  assert.deepEqual(await statuses(await start({})), [200, 401])
})
