import { setTimeout as delay } from 'node:timers/promises'
import type { Clock, Log } from '#kit'
import type { Binaries } from './binaries.ts'
import type { Layout } from './layout.ts'
import { runsCluster } from './postmaster-file.ts'
import type { Runner } from './run-as.ts'
import { runToEnd } from './run-to-end.ts'
import { systemCode } from './start-error.ts'

export interface StopOptions {
  readonly layout: Layout
  readonly binaries: Binaries
  readonly runner: Runner
  readonly log: Log
  readonly clock: Clock
}

/**
 * Ends Postgres and waits for it: fast (clients are cut off, everything is written) for 20 s, then immediately (nothing is
 * lost, but the next start has to recover) for 10 s. Never throws: what is left after that is logged and runs on.
 */
export async function stopPostmaster(pid: number, options: StopOptions): Promise<void> {
  for (const { mode, signal, patienceMs } of ways) {
    try {
      if (await end(pid, mode, signal, patienceMs, options)) return
    } catch (error) {
      options.log.error({ pid, mode, reason: systemCode(error) }, 'the embedded Postgres could not be told to stop')
      return
    }
    options.log.warn({ pid, mode, patienceMs }, 'the embedded Postgres did not stop in time')
  }
  options.log.error({ pid }, 'the embedded Postgres still runs; the next start takes it over')
}

const ways = [
  { mode: 'fast', signal: 'SIGINT', patienceMs: 20_000 },
  { mode: 'immediate', signal: 'SIGQUIT', patienceMs: 10_000 },
] as const

async function end(
  pid: number,
  mode: string,
  signal: NodeJS.Signals,
  patienceMs: number,
  { layout, binaries, runner, clock }: StopOptions,
): Promise<boolean> {
  // The number may belong to another program by now, and that one is not ours to end.
  if (!(await runsCluster(pid, layout.cluster))) return true
  if (process.platform === 'win32') {
    const seconds = String(patienceMs / 1_000)
    return (
      (await runToEnd(runner.runAs, binaries.pgCtl, ['stop', '-D', layout.cluster, '-m', mode, '-t', seconds])).code ===
      0
    )
  }
  process.kill(pid, signal)
  for (const deadline = clock.elapsed() + patienceMs; clock.elapsed() < deadline; ) {
    if (!(await runsCluster(pid, layout.cluster))) return true
    await delay(20)
  }
  return false
}
