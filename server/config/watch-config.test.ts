import assert from 'node:assert/strict'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { atEnd, type Scope, scratchFolder, until } from '../../test/support/server.ts'
import { ConfigError, loadConfig } from '../config.ts'
import { type Reading, readNow } from './reading.ts'
import { watchConfig } from './watch-config.ts'

/** Watches `parley.yaml` in this folder. */
function startWatch(scope: Scope, cwd: string) {
  const read = () => readNow(readFile => loadConfig({ env: {}, cwd, readFile }))
  const readings: Reading[] = []
  const watch = watchConfig({ files: read().files, read, onReading: reading => readings.push(reading) })
  atEnd(scope, watch.stop)
  const keys = () =>
    readings.map(({ outcome }) => (outcome instanceof ConfigError ? outcome.message : outcome.clusters[0]?.apiKey))
  return { watch, keys }
}

test('a file that is replaced behind a link is read anew, as is a secret that it names; the same content is no news', async t => {
  const cwd = await scratchFolder(t)
  const yaml = `clusters: [{ name: a, url: 'http://127.0.0.1:1/v1', api_key: "\${file:data/key}" }]\n`
  const put = async (folder: string, key: string) => {
    await mkdir(join(cwd, folder))
    await Promise.all([writeFile(join(cwd, folder, 'parley.yaml'), yaml), writeFile(join(cwd, folder, 'key'), key)])
  }
  const turnTo = async (folder: string) => {
    await symlink(folder, join(cwd, 'next'))
    await rename(join(cwd, 'next'), join(cwd, 'data'))
  }
  await put('1', 'the-first-key')
  await put('2', 'the-first-key')
  await put('3', 'the-second-key')
  await turnTo('1')
  await symlink('data/parley.yaml', join(cwd, 'parley.yaml'))
  const { keys } = startWatch(t, cwd)
  await turnTo('2')
  await turnTo('3')
  await until('it is read anew', () => keys().length > 0, 6_000)
  assert.deepEqual(keys(), ['the-second-key'])
})

test('asked to, it reads at once; a mistake is told once', async t => {
  const cwd = await scratchFolder(t)
  const { watch, keys } = startWatch(t, cwd)
  await writeFile(join(cwd, 'parley.yaml'), 'nonsense: 1\n')
  watch.readNow()
  assert.deepEqual(keys(), ['parley.yaml:1: nonsense: is not a setting'])
})
