import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findPostmaster } from '../server/embedded/postgres/postmaster-file.ts'
import type { Started } from './run-bench.ts'

export interface ParleyOptions {
  /** The text of `parley.yaml`. */
  readonly yaml: string
  /** Beside what every server here gets. */
  readonly env?: Readonly<Record<string, string>>
}

export interface ParleyServer {
  readonly url: string
  readonly pid: number
  /** The postmaster of its embedded Postgres; undefined: it was given another. */
  readonly postgresPid: number | undefined
  /** Ends it and the Postgres it brought up. */
  stop(): Promise<void>
}

/** The administrator's key of every server here. */
export const adminKey = 'benchmark-key-of-the-first-administrator'

/** For `parley.yaml`: the benchmarks send more than a user may. */
export const unlimited =
  'limits: { messages_per_minute: 0, requests_per_minute: 0, tokens_per_minute: 0, running_turns: 0 }\n'

/** A fresh folder, removed at the end. */
export async function scratchFolder(started: Started): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'))
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/**
 * Starts this checkout's server on a fresh data folder and waits until it is ready. It logs as an operator's does, into
 * a file.
 */
export async function startParley(started: Started, { yaml, env = {} }: ParleyOptions): Promise<ParleyServer> {
  const folder = await scratchFolder(started)
  const dataFolder = join(folder, 'data')
  const cluster = join(dataFolder, 'postgres', 'cluster')
  const logFile = join(folder, 'server.log')
  await mkdir(dataFolder)
  await writeFile(join(folder, 'parley.yaml'), yaml)
  const log = await open(logFile, 'w')
  if (started.disposed) throw new Error('the benchmark is ending')
  const child = spawn(process.execPath, [fileURLToPath(new URL('../server/main.ts', import.meta.url))], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      PARLEY_DATA: dataFolder,
      PARLEY_ADMIN_KEY: adminKey,
      ...env,
    },
    stdio: ['ignore', 'pipe', log.fd],
    detached: true, // a Ctrl-C is for us, and we end it
  })
  const exited = once(child, 'exit').then(() => {})
  const stop = async () => {
    for (const signal of ['SIGINT', 'SIGINT', 'SIGKILL'] as const) {
      if (child.exitCode !== null || child.signalCode !== null) break
      child.kill(signal)
      await Promise.race([exited, wait(patienceMs)])
    }
    const left = await findPostmaster(cluster)
    if (left !== undefined) process.kill(left.pid, 'SIGQUIT')
  }
  started.defer(stop)
  await log.close()
  const ended = exited.then(async () => {
    throw new Error(`the server ended:\n${await readFile(logFile, 'utf8')}`)
  })
  ended.catch(() => {}) // nobody may be waiting
  const url = await Promise.race([readUrl(child), ended])
  return { url, pid: child.pid ?? 0, postgresPid: (await findPostmaster(cluster))?.pid, stop }
}

/** After each signal: a first one lets running answers end, a second one does not. */
const patienceMs = 8_000

async function readUrl({ stdout }: ChildProcess): Promise<string> {
  let said = ''
  const found = Promise.withResolvers<string>()
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text
    const url = /^Parley is ready at (\S+)$/m.exec(said)?.[1]
    if (url !== undefined) found.resolve(url)
  })
  return found.promise
}
