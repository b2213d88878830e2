import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchFolder } from '../../test/support/server.ts'
import { loadConfig } from '../config.ts'
import { createFileReader, readAgain } from './files-read.ts'

test('a process that starts later has the configuration of the first, whatever became of the files', async t => {
  const cwd = await scratchFolder(t)
  const file = join(cwd, 'parley.yaml')
  await writeFile(file, 'limits: { burst: 3 }\n')
  const { files, readFile } = createFileReader()
  const first = loadConfig({ env: {}, cwd, readFile })
  assert.equal(first.limits.burst, 3)
  const told: typeof files = structuredClone(files)
  await writeFile(file, 'limits: { burst: broken\n')
  assert.deepEqual(loadConfig({ env: {}, cwd, readFile: readAgain(told) }), first)
  await rm(file)
  assert.deepEqual(loadConfig({ env: {}, cwd, readFile: readAgain(told) }), first)
})

test('a file that was not there is not there later either', async t => {
  const cwd = await scratchFolder(t)
  const { files, readFile } = createFileReader()
  const first = loadConfig({ env: {}, cwd, readFile })
  await writeFile(join(cwd, 'parley.yaml'), 'limits: { burst: 3 }\n')
  assert.deepEqual(loadConfig({ env: {}, cwd, readFile: readAgain(files) }), first)
})
