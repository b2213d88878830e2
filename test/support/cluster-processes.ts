import type { ClusterAnswer, ClusterQuestion } from '../../bench/chaos/stand-in-cluster.ts'
import { startWorker, type WorkerProcess } from '../../bench/worker-process.ts'
import { freePort } from '../../server/embedded/free-port.ts'
import { atEnd, type Scope } from './server.ts'

/** A cluster that is a process of its own, whose answers are known: see `bench/chaos/stand-in-cluster.ts`. */
export interface ClusterProcess {
  readonly name: string
  readonly url: string
  ask(question: ClusterQuestion): Promise<ClusterAnswer>
  /** `kill -9`. */
  kill(): Promise<void>
  /** `SIGSTOP`, and `SIGCONT`. */
  pause(): void
  goOn(): void
  /** At the same address. */
  start(): Promise<void>
}

/** Lives until the end of the scope. */
export async function startClusterProcess(scope: Scope, name: string): Promise<ClusterProcess> {
  const started = new AsyncDisposableStack()
  atEnd(scope, () => started.disposeAsync())
  const port = await freePort()
  let worker: WorkerProcess
  const cluster: ClusterProcess = {
    name,
    url: `http://127.0.0.1:${port}/v1`,
    ask: question => worker.ask(question),
    kill: () => worker.stop(),
    pause: () => process.kill(worker.pid, 'SIGSTOP'),
    goOn: () => process.kill(worker.pid, 'SIGCONT'),
    async start() {
      worker = startWorker(started, new URL('../../bench/chaos/stand-in-cluster.ts', import.meta.url))
      await worker.ask({ do: 'listen', port })
    },
  }
  await cluster.start()
  return cluster
}
