import type { Clock, Log } from '#kit'
import type { Store } from '#store'

/** This process's lease: its right to own turns, seen by all others. */
export interface WorkerLease {
  readonly workerId: string
  /** Takes the lease. Fails when the database is away. */
  take(): Promise<void>
  /** Renews it; a failure is logged, and counts as an interruption. */
  renew(): Promise<void>
  /** For how long it was held without an interruption, in milliseconds; undefined when the last renewal failed. */
  heldForMs(): number | undefined
  leave(): Promise<void>
}

export interface WorkerLeaseDeps {
  readonly store: Store
  readonly workerId: string
  readonly release: string
  /** How long a lease lasts. */
  readonly leaseMs: number
  readonly clock: Clock
  readonly log: Log
}

export function createWorkerLease({ store, workerId, release, leaseMs, clock, log }: WorkerLeaseDeps): WorkerLease {
  let heldSince: number | undefined
  let renewedAt = 0

  async function take(): Promise<void> {
    const askedAt = clock.elapsed()
    await store.workers.renew(workerId, release)
    // A renewal that came too late is a new lease: others may have reaped in between.
    if (heldSince === undefined || askedAt - renewedAt > leaseMs) heldSince = askedAt
    renewedAt = askedAt
  }

  return {
    workerId,
    take,
    async renew() {
      try {
        await take()
      } catch (error) {
        heldSince = undefined
        log.warn({ error }, 'the lease could not be renewed')
      }
    },
    heldForMs: () => (heldSince === undefined ? undefined : clock.elapsed() - heldSince),
    leave: () => store.workers.leave(workerId),
  }
}
