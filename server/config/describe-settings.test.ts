import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { describeSettings } from './describe-settings.ts'

const page = describeSettings()

test('docs/configuration.md says what the code does', () => {
  const kept = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  assert.ok(kept === page, 'docs/configuration.md is out of date: run "node server/config/write-docs.ts"')
})

test('every setting has its kind and a sentence', () => {
  const rows = [...page.matchAll(/^\| `(.+?)` \| (.*?) \| (.*?) \| (.*?) \|$/gm)]
  assert.ok(rows.length > 60)
  for (const [, name = '', kind, , sentence] of rows) {
    assert.notEqual(kind, '', name)
    assert.match(sentence ?? '', /\.$/, name)
  }
})

test('defaults are as they would be written', () => {
  for (const row of [
    '| `PORT` | a whole number from 0 to 65535 | `3000` |',
    '| `3600` |',
    '| `400d` |',
    '| `["openid", "email", "profile"]` |',
  ])
    assert.ok(page.includes(row), row)
})
