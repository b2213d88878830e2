import { execFile } from 'node:child_process'
import { link, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Layout, socketNumber } from './layout.ts'
import { readIfThere } from './read-if-there.ts'
import { systemCode } from './start-error.ts'

/** What a running Postgres wrote into its data folder. After a crash it is still there, and wrong. */
export interface PostmasterFile {
  readonly pid: number
  readonly port: number
}

export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const lines = (await readIfThere(join(cluster, 'postmaster.pid')))?.split('\n') ?? []
  const pid = Math.abs(Number(lines[0]))
  return pid > 0 ? { pid, port: Number(lines[3]) } : undefined
}

/** The process that runs Postgres on this data folder now, if one does that this process can see. */
export async function findPostmaster(cluster: string): Promise<PostmasterFile | undefined> {
  const file = await readPostmasterFile(cluster)
  return file && (await runsCluster(file.pid, cluster)) ? file : undefined
}

/**
 * Whether the process is a Postgres on this data folder. False for a process that has ended, also while its parent has not
 * noticed, and for another one that was given the same number since.
 */
export async function runsCluster(pid: number, cluster: string): Promise<boolean> {
  if (!processLives(pid)) return false
  if (process.platform === 'linux') {
    // Postgres works in its data folder. A process that has ended has no such link any more.
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '')
    return cwd === cluster || cwd === `${cluster} (deleted)`
  }
  if (process.platform === 'win32') return (await outputOf('tasklist', ['/FI', `PID eq ${pid}`])).includes('postgres')
  return (await outputOf('ps', ['-o', 'command=', '-p', String(pid)])).includes(`-D ${cluster}`)
}

export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

/**
 * Keeps lock files of a Postgres that died with the machine from blocking the start, when their process number now belongs
 * to another program: Postgres takes any living process for its owner. To be called only when no Postgres runs here.
 */
export async function disownLockFiles(layout: Layout): Promise<void> {
  // Windows numbers no processes anew so soon, and Postgres asks there whether the process is one of its own.
  if (process.platform === 'win32') return
  await disown(join(layout.cluster, 'postmaster.pid'), layout.cluster)
  await disown(join(layout.socket, `.s.PGSQL.${socketNumber}.lock`), layout.cluster)
}

/**
 * Our own number goes in, which Postgres, whose parent we are, never takes for a rival. The file stays, since Postgres
 * also learns from it whether processes of the dead server still hold its shared memory.
 */
async function disown(file: string, cluster: string): Promise<void> {
  const text = await readIfThere(file)
  if (text === undefined || !(await isStale(text, file, cluster))) return
  const aside = `${file}.stale-${process.pid}`
  try {
    await rename(file, aside)
    // Another start may have put its own file there since we looked; that one goes back as it is.
    if ((await readFile(aside, 'utf8')) === text) await writeFile(aside, text.replace(/^[^\n]*/, String(process.pid)))
    await link(aside, file)
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(systemCode(error))) throw error
  } finally {
    await rm(aside, { force: true })
  }
}

async function isStale(text: string, file: string, cluster: string): Promise<boolean> {
  const pid = Math.abs(Number(text.split('\n')[0]))
  if (pid > 0) return processLives(pid) && !(await runsCluster(pid, cluster))
  // Empty: just being written by another start, or never written because the machine died.
  const age = Date.now() - (await stat(file)).mtimeMs
  return age > 5_000
}

function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise(resolve => {
    execFile(program, args, { timeout: 5_000, windowsHide: true }, (_error, stdout) => resolve(stdout))
  })
}
