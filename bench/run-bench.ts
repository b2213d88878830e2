/** What a benchmark starts; it is ended in the reverse order, whatever happens. */
export type Started = AsyncDisposableStack

/**
 * Runs a benchmark and then ends this process: with 0, or with 1 when the work failed or said so in `process.exitCode`.
 * What was started is ended first, also after a failure, Ctrl-C or SIGTERM.
 */
export async function runBench(work: (started: Started) => Promise<void>): Promise<never> {
  const started = new AsyncDisposableStack()
  const interrupted = Promise.withResolvers<never>()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => interrupted.reject(new Error(`stopped by ${name}`)))
  }
  // A process that is being ended may still be looked at, and whatever went wrong, the others must not be left behind.
  process.on('uncaughtException', interrupted.reject)
  try {
    if (process.platform !== 'linux') throw new Error('The benchmarks read /proc, which only Linux has.')
    await Promise.race([work(started), interrupted.promise])
  } catch (error) {
    progress(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
  await started.disposeAsync()
  process.exit()
}

/** Tells what is going on, on standard error: standard output is for the results. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}
