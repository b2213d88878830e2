import { spawn } from 'node:child_process'
import type { RunAs } from './run-as.ts'

/** How a program ended: its exit code (null when a signal ended it) and the last 8,000 characters it wrote. */
export interface Ending {
  readonly code: number | null
  readonly output: string
}

/**
 * Runs a short program as the user that `runAs` stands for and waits for its end. A program that cannot be run rejects
 * with the system's error; an abort of `signal` ends it and, when it has ended, rejects with an `AbortError`.
 */
export function runToEnd(
  runAs: RunAs,
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<Ending> {
  const { command, options } = runAs(program, args)
  const child = spawn(command[0], command.slice(1), {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal, killSignal: 'SIGTERM' }),
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output = (output + text).slice(-8_000)
    })
  }
  return new Promise((resolve, reject) => {
    let failure: Error | undefined
    child.once('error', error => {
      failure = error
      // An aborted program still has to end; one that could not be run has nothing to close.
      if (error.name !== 'AbortError') reject(error)
    })
    child.once('close', code => (failure ? reject(failure) : resolve({ code, output })))
  })
}
