import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, type Log, systemClock } from '#kit'
import { freePort } from '../free-port.ts'
import { findBinaries } from './binaries.ts'
import type { Address, BringUpOptions } from './bring-up.ts'
import { ensureCluster } from './create-cluster.ts'
import { ensureDatabase, productName } from './ensure-database.ts'
import { keepUp } from './keep-up.ts'
import { fitsSocket, makeFolders, openFolder, type Reach, readPassword } from './layout.ts'
import { chooseRunner } from './run-as.ts'
import { writeSettings } from './settings.ts'
import { asStartError, type StartError } from './start-error.ts'
import { stopPostmaster } from './stop-postmaster.ts'
import { type Charge, hangUp, takeCharge } from './take-charge.ts'

export interface PostgresOptions {
  /** Everything of this Postgres lives below it: data, socket, logs. Made when it isn't there. */
  readonly folder: string
  readonly log: Log
  /** Ends a start that is under way: it rejects with an `AbortError` and leaves no process. Later it has no effect. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
}

/** Where the product's database is reached, as `pg` takes it. `host` is the folder of a Unix socket, or 127.0.0.1. */
export interface PostgresConnection extends Address {
  readonly user: string
  readonly database: string
}

export interface EmbeddedPostgres {
  /** Stays the same while this process lives, also when Postgres had to be started again. */
  readonly connection: PostgresConnection
  /**
   * Resolves once, and never rejects: with undefined after `stop`, with the reason when Postgres is gone for good or the
   * folder was taken by another Parley. Until then a Postgres that dies is brought back, within about a second.
   */
  readonly exited: Promise<StartError | undefined>
  /**
   * Ends Postgres, also one that was adopted, and resolves when its process has ended; open connections are cut off. It
   * takes at most 30 s and never rejects. Calling it again waits for the same end.
   */
  stop(): Promise<void>
}

/**
 * Runs a real Postgres for this process: makes the data folder at the first start, adopts a Postgres that a killed Parley
 * left running, holds the folder against a second Parley, and resolves when the product's database takes connections.
 *
 * Rejects with a `StartError` made for the operator, or with an `AbortError`; a Postgres that this call was in charge of
 * is stopped then.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await start(options)
  } catch (error) {
    throw asStartError(error, options.folder)
  }
}

async function start({ folder, log, signal, clock = systemClock }: PostgresOptions): Promise<EmbeddedPostgres> {
  const began = clock.elapsed()
  signal?.throwIfAborted()
  const layout = await openFolder(folder)
  const binaries = await findBinaries(process.platform, process.arch)
  const runner = await chooseRunner(layout.folder, binaries.postgres)
  const found = await ensureCluster({ layout, binaries, runner, ...(signal && { signal }) })
  await makeFolders(layout, runner.own)
  const reach = await chooseReach(fitsSocket(layout, process.platform))
  await writeSettings(layout, reach, runner.own)
  const password = await readPassword(layout).catch(error => {
    if (reach.kind === 'port') throw error
    return undefined
  })

  const ending = new AbortController()
  const forget = relay(signal, ending)
  const base = { layout, binaries, runner, log, clock }
  const bring: BringUpOptions = { ...base, reach, password, signal: ending.signal }
  let charge: Charge = await takeCharge(bring)
  try {
    await ensureDatabase(charge.client, password)
    ending.signal.throwIfAborted()
  } catch (error) {
    await end(charge)
    throw error
  }
  forget()
  log.info(
    { pid: charge.pid, cluster: found, adopted: charge.adopted, ms: Math.round(clock.elapsed() - began) },
    'Postgres runs',
  )

  const again: BringUpOptions = charge.address.password
    ? { ...bring, reach: { kind: 'port', port: charge.address.port } }
    : bring
  const watch = keepUp(charge, {
    folder: layout.folder,
    log,
    clock,
    signal: ending.signal,
    takeCharge: () => takeCharge(again),
    wait: (ms, abort) => delay(ms, undefined, { signal: abort }),
    onCharge: next => {
      charge = next
      log.info({ pid: next.pid, adopted: next.adopted }, 'Postgres runs again')
    },
  })
  let stopped: Promise<void> | undefined
  return {
    connection: { ...charge.address, user: productName, database: productName },
    exited: watch.then(async reason => {
      if (reason === undefined) await stopped
      return reason
    }),
    stop: () => {
      stopped ??= stopWatched()
      return stopped
    },
  }

  async function stopWatched() {
    ending.abort()
    const reason = await watch
    // Given up for another reason, it may still run, and nobody else is in charge of it.
    if (reason?.code !== 'already_running') await end(charge)
  }

  /** The folder is held until Postgres has ended, so that no other Parley adopts what is about to go. */
  async function end(held: Charge) {
    await stopPostmaster(held.pid, base)
    await hangUp(held)
  }
}

async function chooseReach(socketFits: boolean): Promise<Reach> {
  return socketFits ? { kind: 'socket' } : { kind: 'port', port: await freePort() }
}

/** Aborts `target` when `signal` does, until the function that is returned is called. */
function relay(signal: AbortSignal | undefined, target: AbortController): () => void {
  if (signal?.aborted) target.abort()
  const abort = () => target.abort()
  signal?.addEventListener('abort', abort)
  return () => signal?.removeEventListener('abort', abort)
}
