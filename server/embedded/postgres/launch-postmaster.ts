import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import type { Layout, Reach } from './layout.ts'
import type { Runner } from './run-as.ts'

export interface Launched {
  /** Undefined while it runs; afterwards what it said, at most 8,000 characters. */
  output(): string | undefined
  /** Ends it, for a start that is given up, and waits for that at most 20 s. */
  end(): Promise<void>
}

/**
 * Starts Postgres as a process group of its own, so that a Ctrl-C in the terminal reaches only Parley, which drains first
 * and then stops it. It outlives this process; `layout.log` takes what it says before its own log is open.
 */
export async function launchPostmaster(
  layout: Layout,
  reach: Reach,
  binaries: Binaries,
  runner: Runner,
): Promise<Launched> {
  const file = join(layout.log, 'start.log')
  const log = await open(file, 'a', 0o600)
  // A few lines each start; a file a start cannot grow without end.
  if ((await log.stat()).size > 1_000_000) await log.truncate()
  const from = (await log.stat()).size
  const port = reach.kind === 'port' ? ['-p', String(reach.port)] : []
  const { command, options } =
    process.platform === 'win32'
      ? // pg_ctl gives up an administrator's rights, with which Postgres refuses to run.
        runner.runAs(binaries.pgCtl, ['start', '-w', '-D', layout.cluster, '-l', file, '-o', port.join(' ')])
      : runner.runAs(binaries.postgres, ['-D', layout.cluster, ...port])
  const child = spawn(command[0], command.slice(1), {
    ...options,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  child.unref()
  let output: string | undefined
  const ended = new Promise<void>(resolve => {
    const end = async (words: string) => {
      output = words || (await tail(file, from).catch(() => '')) || 'nothing'
      resolve()
    }
    child.once('error', error => void end(error.message))
    // On Windows it is pg_ctl that ends, and an end without a fault means that Postgres runs.
    child.once('exit', code => void (process.platform === 'win32' && code === 0 ? undefined : end('')))
  })
  await log.close()
  return {
    output: () => output,
    end: async () => {
      if (output !== undefined) return
      child.ref() // it may be all that this process still waits for
      child.kill('SIGINT')
      await Promise.race([ended, delay(20_000, undefined, { ref: false })])
    },
  }
}

async function tail(path: string, from: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const start = Math.max(from, size - 8_000)
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(8_000), position: start })
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
