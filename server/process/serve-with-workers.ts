import { z } from 'zod'
import type { Line } from '#hub'
import { Away, newId, systemClock } from '#kit'
import { openStore } from '#store'
import type { FilesRead } from '../config/files-read.ts'
import { freePort } from '../embedded/free-port.ts'
import { createMemoryMeters } from '../gateway/limits/memory-meters.ts'
import { createMemoryLoads } from '../load-sharing/memory-loads.ts'
import { createMemoryAnswers } from '../prompt-cache/memory-answers.ts'
import { sumMetrics } from '../telemetry/metrics-together.ts'
import { createCrew } from './crew.ts'
import { createHubAnswering } from './hub-answering.ts'
import type { Served, Start } from './served.ts'
import { type Machine, startMachine } from './start-machine.ts'
import { order } from './worker-messages.ts'

/** For what a worker does at once, on a machine that may be busy. */
const asking = { limitMs: 1_500 }
/** For what it asks the database about. */
const lookingUp = { limitMs: 10_000 }

/**
 * Serves from `workers` processes on one port. This one starts what the machine has once, is the workers' hub, and brings
 * back those that die; it sees no request itself. Rejects, with everything stopped again, when the start fails or is
 * aborted.
 */
export async function serveWithWorkers(start: Start, workers: number): Promise<Served> {
  const { configuration, log, signal } = start
  const { current: config, latest: files } = configuration
  const clock = systemClock
  await using started = new AsyncDisposableStack()
  const failed = Promise.withResolvers<Error>()
  const machine = await startMachine(config, log, signal, started, failed.resolve)
  await prepareDatabase(start, machine)

  const collectAll = async () => {
    const collected = await Promise.allSettled(
      crew.lines.map(line => line.ask(order.collectMetrics, undefined, asking)),
    )
    return collected.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
  }
  // Chosen here, so that a worker that comes later, also after all others have died, finds the same.
  const port = config.port === 0 ? await freePort(config.host) : config.port
  const answer = createHubAnswering({
    meters: createMemoryMeters(clock),
    answers: createMemoryAnswers({ ttlMs: config.cache.ttlMs, clock }),
    loads: createMemoryLoads(clock),
    metrics: async () => sumMetrics(await collectAll()),
  })
  // All begin with the same; what has changed since is told to each as soon as it serves, and then whenever it changes.
  const tell = (line: Line, readings: readonly FilesRead[]) => {
    for (const reading of readings)
      void line.ask(order.takeConfiguration, reading, { ...asking, surely: true }).catch(() => {})
  }
  const greet = (line: Line) => tell(line, configuration.since)
  const tellAll = () => {
    for (const line of crew.lines) tell(line, [configuration.latest])
  }
  const crew = createCrew({ size: workers, beginning: { port, files, machine }, greet, answer, clock, log })
  started.defer(() => crew.stop(0))
  started.defer(configuration.follow(tellAll))
  const { url, models } = await orAbort(crew.start(), signal)
  void crew.failed.then(failed.resolve)

  const below = started.move()
  let disposed: Promise<void> | undefined
  return {
    url,
    models,
    failed: failed.promise,
    newSetUpLink: () => askOne(crew.lines, order.newSetUpLink),
    announceEnd() {
      for (const line of crew.lines) void line.ask(order.announceEnd, undefined, asking).catch(() => {})
    },
    async stop(limitMs) {
      await crew.stop(limitMs)
      disposed ??= below.disposeAsync()
      await disposed
    },
  }
}

/**
 * Migrates once for all, so that a database that cannot be used is told of once. In the embedded one, which admits one
 * Parley, every lease that is left is a dead process's: its turns need not wait until it runs out.
 */
async function prepareDatabase({ configuration, log }: Start, { connection }: Machine): Promise<void> {
  const store = await openStore({ connection, connections: 2, log })
  try {
    if (configuration.current.database === undefined) await store.workers.expireOthers(newId())
  } finally {
    await store.close()
  }
}

/** One of them makes it, since it is printed once: the first that does not die meanwhile. */
async function askOne(lines: readonly Line[], subject: string): Promise<string | undefined> {
  for (const line of lines) {
    try {
      return z
        .string()
        .optional()
        .parse(await line.ask(subject, undefined, lookingUp))
    } catch (error) {
      if (!(error instanceof Away)) throw error
    }
  }
  throw new Away()
}

async function orAbort<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
