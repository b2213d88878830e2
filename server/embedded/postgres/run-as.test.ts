import assert from 'node:assert/strict'
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { findLowlyUser, giveFolderTo } from './run-as.ts'
import { scratchFolder } from './testing/scratch-folder.ts'

const mayGive = process.getuid?.() === 0 ? {} : { skip: 'only root may give folders away' }

test('where root has no user namespace, the folder is given to the user Postgres then runs as', mayGive, async t => {
  const scratch = await scratchFolder(t)
  const user = await findLowlyUser()
  if (user === undefined) return t.skip('there is no user "postgres" or "nobody"')
  const folder = join(scratch, 'postgres')
  await mkdir(join(folder, 'cluster'), { recursive: true })
  await writeFile(join(folder, 'cluster', 'file'), '')

  await assert.rejects(giveFolderTo(user, folder, '/bin/true'), {
    code: 'not_allowed',
    message: new RegExp(`runs as ${user.name} here, who may not enter "${scratch}"\\. Allow it with "chmod o\\+x`),
  })
  assert.equal((await stat(folder)).uid, 0)

  await chmod(scratch, 0o711)
  const runner = await giveFolderTo(user, folder, '/bin/true')
  const owners = await Promise.all(
    ['', 'cluster', 'cluster/file'].map(async path => (await stat(join(folder, path))).uid),
  )
  assert.deepEqual(owners, [user.uid, user.uid, user.uid])
  const { command, options } = runner.runAs('/bin/true', ['argument'])
  assert.deepEqual(command, ['/bin/true', 'argument'])
  assert.deepEqual([options.uid, options.gid], [user.uid, user.gid])
})
