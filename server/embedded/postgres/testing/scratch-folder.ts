import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Log } from '#kit'
import { findPostmaster } from '../postmaster-file.ts'
import { type EmbeddedPostgres, startPostgres } from '../start-postgres.ts'
import { afterTest } from './after-test.ts'
import { until } from './until.ts'

/** A folder that is removed after the test, together with the Postgres that a failed test left running in it. */
export async function scratchFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-pg-'))
  afterTest(t, async () => {
    const cluster = join(folder, 'cluster')
    const left = await findPostmaster(cluster)
    if (left) process.kill(left.pid, 'SIGQUIT')
    await until(async () => (await processesIn(folder)).length === 0)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return folder
}

/** Starts Postgres in `folder` and stops it after the test. */
export async function startIn(t: TestContext, folder: string): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ folder, log: silence })
  afterTest(t, () => postgres.stop())
  return postgres
}

export const silence: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The processes that work below the folder. Only Linux can tell; elsewhere none. */
export async function processesIn(folder: string): Promise<readonly number[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).map(Number).filter(pid => pid > 0)
  const places = await Promise.all(pids.map(pid => readlink(`/proc/${pid}/cwd`).catch(() => '')))
  return pids.filter((_, index) => places[index]?.startsWith(`${folder}/`))
}

/** Mounts a small file system on `folder` until the test ends; false where mounting is not permitted. */
export function mountSmallDisk(t: TestContext, folder: string, options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder], { stdio: 'ignore' })
  } catch {
    return false
  }
  afterTest(t, () => execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' }))
  return true
}
