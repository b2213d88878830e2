import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './try-config.ts'
import { settingsWithoutEffect } from './without-effect.ts'

test('settings that do nothing yet are named where a file changes them, and only there', () => {
  assert.deepEqual(settingsWithoutEffect(load()), [])
  assert.deepEqual(
    settingsWithoutEffect(load('retention: { conversations: forever }\nrouter: { policy: least_load }\n')),
    [],
  )
  const given =
    'retention: { conversations: 30d }\nserver: { media_hosts: ["*.example.com"] }\nauth: { sign_up: open }\n'
  assert.deepEqual(settingsWithoutEffect(load(given)), ['auth.sign_up', 'server.media_hosts', 'retention'])
})
