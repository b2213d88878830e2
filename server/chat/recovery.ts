import type { Clock, Log } from '#kit'
import type { Store } from '#store'
import type { LiveTurns } from './live-turns.ts'
import type { WorkerLease } from './worker-lease.ts'

/** Keeps the lease, and looks after what dead processes left behind. */
export interface Recovery {
  /** Takes the lease and begins; with `alone`, ends what earlier processes left before it resolves. */
  start(): Promise<void>
  /** Stops looking and gives the lease back. */
  stop(): Promise<void>
}

export interface RecoveryDeps {
  readonly store: Store
  readonly lease: WorkerLease
  readonly leaseMs: number
  /** This process is the only one on its database: every other lease is a dead one's. */
  readonly alone: boolean
  readonly liveTurns: LiveTurns
  readonly clock: Clock
  readonly log: Log
}

const everyMs = 2_000
const purgeEveryMs = 3_600_000

export function createRecovery(deps: RecoveryDeps): Recovery {
  const { store, lease, leaseMs, alone, liveTurns, clock, log } = deps
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()
  let purgedAt: number | undefined

  async function recover(): Promise<void> {
    const interrupted = await store.sweep.interruptOrphans()
    if (interrupted > 0) log.warn({ turns: interrupted }, 'ended turns whose process died')
    for (const turn of await store.claimForgotten(lease.workerId)) void liveTurns.run(turn)
  }

  /** Stops that another process took: their flag is the only word that surely comes. */
  async function heedStops(): Promise<void> {
    for (const turnId of await store.stopsRequested(lease.workerId)) liveTurns.get(turnId)?.endEarly('stopped')
  }

  async function purge(): Promise<void> {
    if (purgedAt !== undefined && clock.elapsed() - purgedAt < purgeEveryMs) return
    await store.sweep.prepareUsagePartitions(new Date(clock.now()))
    const conversations = await store.sweep.purge()
    purgedAt = clock.elapsed()
    if (conversations > 0) log.info({ conversations }, 'removed deleted conversations for good')
  }

  async function look(): Promise<void> {
    await lease.renew()
    // Without a lease our own turns look like orphans. And after an outage of the database everybody's lease has lapsed:
    // reaping waits until the living have renewed theirs.
    const heldForMs = lease.heldForMs()
    if (heldForMs === undefined || (!alone && heldForMs < leaseMs)) return
    try {
      await recover()
      await heedStops()
      await purge()
    } catch (error) {
      log.warn({ error }, 'recovery could not finish; it tries again')
    }
  }

  return {
    async start() {
      if (alone) await store.workers.expireOthers(lease.workerId)
      await lease.take()
      await purge()
      if (alone) await recover()
      const next = () => {
        round = look().finally(() => {
          if (timer !== undefined) timer = setTimeout(next, everyMs)
        })
      }
      timer = setTimeout(next, everyMs)
    },
    async stop() {
      clearTimeout(timer)
      timer = undefined
      await round
      await lease.leave()
    },
  }
}
