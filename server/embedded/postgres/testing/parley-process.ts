/**
 * A process that starts Postgres in the folder it is given, says `ready` or `refused: why`, and stops it on SIGTERM.
 * Run as a program it is that process; imported, it starts one.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { startPostgres } from '../start-postgres.ts'
import { afterTest } from './after-test.ts'

export interface ParleyProcess {
  /** `ready`, or `refused: ` and the sentence. */
  readonly answer: Promise<string>
  /** Ends it as the system does for want of memory. */
  kill(): Promise<void>
}

export function startParley(t: TestContext, folder: string): ParleyProcess {
  const child = spawn(process.execPath, [import.meta.filename, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  afterTest(t, () => end(child, 'SIGTERM'))
  let said = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    said += text
  })
  return {
    answer: Promise.race([once(child.stdout, 'data'), once(child, 'close')]).then(() => said),
    kill: () => end(child, 'SIGKILL'),
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

async function run(folder: string): Promise<void> {
  const nothing = () => {}
  try {
    const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
    const postgres = await startPostgres({ folder, log })
    process.once('SIGTERM', () => void postgres.stop())
    process.stdout.write('ready')
  } catch (error) {
    process.stdout.write(`refused: ${error instanceof Error ? error.message : error}`)
  }
}

if (process.argv[1] === import.meta.filename) await run(process.argv[2] ?? '')
