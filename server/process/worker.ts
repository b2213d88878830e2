import { once } from 'node:events'
import { z } from 'zod'
import { channelOf, openLine } from '#hub'
import type { Log } from '#kit'
import { createLiveConfig } from '../config/live-config.ts'
import { type ReadConfig, readAsThen } from '../config/reading.ts'
import { type Config, ConfigError } from '../config.ts'
import { explainFailure } from '../explain-failure.ts'
import { type Server, wire } from '../wire.ts'
import { Beginning, Files, order, type Serving, told } from './worker-messages.ts'

export interface WorkerProgram {
  readonly release: string
  readonly read: ReadConfig
  readonly logOf: (config: Config, worker: number) => Log
}

/** Connections to the database that all workers of a machine may open together: most databases take 100 by default. */
const mostConnections = 80
/** What one process makes use of, and what it needs. */
const [usefulConnections, leastConnections] = [20, 4]
const tellingMs = 5_000

/** The life of a worker: it begins, serves and stops as it is told by its parent, and dies with it. Returns the exit code. */
export async function runWorker({ release, read, logOf }: WorkerProgram): Promise<number> {
  // A terminal, or a supervisor, may send signals to all processes: the parent hears them, and says what is to be done.
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => {})
  const [first] = await once(process, 'message')
  const { worker, workers, port, files, machine } = Beginning.parse(first)
  // As it was when the workers' parent started.
  const { outcome: config } = readAsThen(read, files)
  if (config instanceof ConfigError) throw config
  const configuration = createLiveConfig({ ...config, port }, files, Date.now)
  const log = logOf(config, worker)
  const start = new AbortController()
  const stopped = Promise.withResolvers<void>()
  let server: Server | undefined

  const line = openLine({ channel: channelOf(process), answer: obey, log })
  async function obey(subject: string, question: unknown): Promise<unknown> {
    switch (subject) {
      case order.stop:
        start.abort()
        void server?.stop(z.number().parse(question)).then(stopped.resolve)
        return undefined
      case order.takeConfiguration:
        return configuration.take(readAsThen(read, Files.parse(question)))
      case order.announceEnd:
        return server?.announceEnd()
      case order.newSetUpLink:
        return server?.newSetUpLink()
      case order.collectMetrics:
        return server?.collectMetrics()
      default:
        throw new Error(`a worker does not know "${subject}"`)
    }
  }

  const share = Math.floor(mostConnections / workers)
  const connections = Math.min(usefulConnections, Math.max(leastConnections, share))
  try {
    server = await wire(configuration, { release, log, signal: start.signal, machine, hub: line, connections })
  } catch (error) {
    if (start.signal.aborted) return 0
    const terms = { limitMs: tellingMs, surely: true }
    await line.ask(told.failure, explainFailure(error), terms).catch(() => {})
    return 1
  }
  if (start.signal.aborted) {
    await server.stop(0)
    return 0
  }
  const serving: Serving = { url: server.url, models: [...server.models] }
  await line.ask(told.serving, serving, { limitMs: tellingMs, surely: true }).catch(() => {})
  await stopped.promise
  return 0
}
