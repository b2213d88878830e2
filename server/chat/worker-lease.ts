import type { Clock, Log } from '#kit'
import type { Store } from '#store'

/**
 * Renewals that are so far apart have been interrupted, whether they failed or waited: the database may have been away
 * from everybody.
 */
const interruptedMs = 5_000

/** This process's lease: its right to own turns, seen by all others. */
export interface WorkerLease {
  readonly workerId: string
  /** Takes the lease; `address` is where others reach this process. Fails when the database is away. */
  take(address: string): Promise<void>
  /** Renews it; a failure is logged, and counts as an interruption. */
  renew(): Promise<void>
  /** For how long it was held without an interruption, in milliseconds; undefined when the last renewal failed. */
  heldForMs(): number | undefined
  /**
   * By this process's own clock the lease has not run out, so what it says of its turns is true. While this is false
   * others may own them, and readers are told nothing.
   */
  readonly current: boolean
  /** It ran out and was taken again: turns may have gone to others in between. Not `current` until `confirm` is called. */
  readonly lapsed: boolean
  confirm(): void
  /** Gives it back, with the turns that still run. */
  leave(): Promise<void>
}

export interface WorkerLeaseDeps {
  readonly store: { readonly workers: Pick<Store['workers'], 'renew' | 'leave'> }
  readonly workerId: string
  readonly release: string
  /** How long a lease lasts. */
  readonly leaseMs: number
  /** Nobody else is there who could take anything: it is always current. */
  readonly alone: boolean
  /** Told at each renewal how many processes hold a lease, this one among them. */
  readonly onLive: (processes: number) => void
  readonly clock: Clock
  readonly log: Log
}

export function createWorkerLease(deps: WorkerLeaseDeps): WorkerLease {
  const { store, workerId, release, leaseMs, alone, onLive, clock, log } = deps
  let address = ''
  let heldSince: number | undefined
  let renewedAt: number | undefined
  let lapsed = false

  async function take(): Promise<void> {
    // The time of asking: the database counts from later, so that we stop before others begin.
    const askedAt = clock.elapsed()
    const { held, others } = await store.workers.renew(workerId, release, address)
    onLive(others + 1)
    const now = clock.elapsed()
    if (renewedAt !== undefined) {
      // By the time of the answer: however early it was asked for, only now is it sure that the lease goes on. And by the
      // database's own word: its clock may have jumped, or this machine was asleep and its clock stood still.
      if (!held || now - renewedAt >= leaseMs) lapsed = true
      if (!held || now - renewedAt > interruptedMs) heldSince = undefined
    }
    heldSince ??= now
    renewedAt = askedAt
  }

  return {
    workerId,
    take(at) {
      address = at
      return take()
    },
    async renew() {
      try {
        await take()
      } catch (error) {
        heldSince = undefined
        log.warn({ error }, 'the lease could not be renewed')
      }
    },
    heldForMs: () => (heldSince === undefined ? undefined : clock.elapsed() - heldSince),
    get current() {
      return alone || (!lapsed && renewedAt !== undefined && clock.elapsed() - renewedAt < leaseMs)
    },
    get lapsed() {
      return lapsed
    },
    confirm() {
      lapsed = false
    },
    leave: () => store.workers.leave(workerId),
  }
}
