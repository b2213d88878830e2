import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Started } from '../run-bench.ts'
import type { Run, RunDone } from './worker.ts'

/** Plays all runs, on as many cores as there are, and tells each that is done. Fails when a worker does. */
export async function runAll(started: Started, runs: readonly Run[], tell: (done: RunDone) => void): Promise<void> {
  const left = runs.toReversed()
  const work = () => {
    const worker = new Worker(new URL('worker.ts', import.meta.url))
    started.defer(() => worker.terminate().then(() => {}))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const next = () => {
      const run = left.pop()
      if (run === undefined) resolve()
      else worker.postMessage(run)
    }
    worker.on('error', reject)
    worker.on('message', (done: RunDone) => {
      tell(done)
      next()
    })
    next()
    return promise
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
}
