import { wire } from '../wire.ts'
import type { Served, Start } from './served.ts'
import { startMachine } from './start-machine.ts'

/** Connections to the database that the process may open. */
const connections = 20

/** Serves from this process. Rejects, with everything stopped again, when the start fails or is aborted. */
export async function serveAlone({ configuration, release, log, signal }: Start): Promise<Served> {
  await using started = new AsyncDisposableStack()
  const failed = Promise.withResolvers<Error>()
  const machine = await startMachine(configuration.current, log, signal, started, failed.resolve)
  const server = await wire(configuration, { release, log, signal, machine, hub: undefined, connections })
  const below = started.move()
  let disposed: Promise<void> | undefined
  const { collectMetrics: _, ...serving } = server
  return {
    ...serving,
    failed: failed.promise,
    async stop(limitMs) {
      await server.stop(limitMs)
      // Disposing twice does not wait for the first time, and the process ends with whichever call is done.
      disposed ??= below.disposeAsync()
      await disposed
    },
  }
}
