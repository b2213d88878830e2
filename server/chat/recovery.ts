import type { Clock, Log } from '#kit'
import type { Store } from '#store'
import { deadlineMs, type LiveTurns } from './live-turns.ts'
import type { ReaderTick } from './reader-tick.ts'
import type { WorkerLease } from './worker-lease.ts'

/** Keeps the lease, and takes over what dead processes left behind. */
export interface Recovery {
  /** Takes the lease and begins; with `alone`, takes over what earlier processes left before it resolves. */
  start(address: string): Promise<void>
  /** Looks at once: somebody knows of turns to take over. */
  wake(): void
  /** Takes nothing over from now on; the lease is kept, and stops are heeded. */
  rest(): void
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
  readonly tick: Pick<ReaderTick, 'release'>
  readonly clock: Clock
  readonly log: Log
}

const everyMs = 2_000
const purgeEveryMs = 3_600_000
/** Where it failed, as it does while a dump of the database holds what it needs. */
const purgeAgainMs = 60_000

export function createRecovery(deps: RecoveryDeps): Recovery {
  const { store, lease, leaseMs, alone, liveTurns, tick, clock, log } = deps
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let awakened = false
  let resting = false
  let purging: Promise<void> | undefined
  let purgeDueAt = 0

  const own = () => ({
    owner: lease.workerId,
    running: [...liveTurns.all()].map(({ turn }) => turn.turnId),
    deadlineMs,
  })

  async function recover(): Promise<void> {
    // After an outage of the database everybody's lease has lapsed: the living renew theirs before anybody reaps.
    const reap = alone || (lease.heldForMs() ?? 0) >= leaseMs
    let taken = 0
    while (!resting) {
      const turns = await store.takeOver({ ...own(), reap })
      if (turns.length === 0) break
      for (const turn of turns) void liveTurns.run(turn)
      taken += turns.length
    }
    if (taken > 0) log.warn({ turns: taken }, 'took over turns whose process died or handed them over')
    if (!reap || resting) return
    const interrupted = await store.sweep.interruptOrphans(own())
    if (interrupted > 0) log.warn({ turns: interrupted }, 'ended turns that nobody may take over any more')
    for (const turn of await store.claimForgotten(lease.workerId)) void liveTurns.run(turn)
  }

  /** After a lapse of the lease: gives up what others took over meanwhile, and lets readers be told of the rest again. */
  async function giveUpLost(): Promise<void> {
    const lives = [...liveTurns.all()]
    const own = await store.stillOwned(
      lease.workerId,
      lives.map(({ turn }) => turn.turnId),
    )
    const lost = lives.filter(({ turn }) => own.get(turn.turnId) !== turn.epoch)
    for (const live of lost) {
      live.endEarly('fenced')
      live.lose() // at once: its readers must not hear what was said in the meantime
    }
    if (lost.length > 0) log.warn({ turns: lost.length }, 'others took turns over while the lease had lapsed')
    lease.confirm()
    tick.release()
  }

  /** Stops that another process took: their flag is the only word that surely comes. */
  async function heedStops(): Promise<void> {
    for (const turnId of await store.stopsRequested(lease.workerId)) liveTurns.get(turnId)?.endEarly('stopped')
  }

  /** Beside everything else, one at a time: it may take long, or wait for a lock, and the lease must not wait with it. */
  function purgeWhereDue(): void {
    if (purging !== undefined || clock.elapsed() < purgeDueAt) return
    purging = purge().finally(() => {
      purging = undefined
    })
  }

  async function purge(): Promise<void> {
    try {
      await store.sweep.prepareUsagePartitions(new Date(clock.now()))
      const conversations = await store.sweep.purge()
      purgeDueAt = clock.elapsed() + purgeEveryMs
      if (conversations > 0) log.info({ conversations }, 'removed deleted conversations for good')
    } catch (error) {
      purgeDueAt = clock.elapsed() + purgeAgainMs
      log.warn({ error }, 'what had its time could not be removed; it is tried again')
    }
  }

  async function look(): Promise<void> {
    await lease.renew()
    if (lease.heldForMs() === undefined) return
    try {
      if (lease.lapsed) await giveUpLost()
      await heedStops()
      await recover()
      purgeWhereDue()
    } catch (error) {
      log.warn({ error }, 'recovery could not finish; it tries again')
    }
  }

  function lookIn(delayMs: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      looking = look().finally(() => {
        looking = undefined
        if (timer !== undefined) lookIn(awakened ? 0 : everyMs)
        awakened = false
      })
    }, delayMs)
  }

  return {
    async start(address) {
      if (alone) await store.workers.expireOthers(lease.workerId)
      await lease.take(address)
      purgeWhereDue()
      if (alone) await recover()
      lookIn(everyMs)
    },
    wake() {
      if (timer === undefined) return
      if (looking === undefined) lookIn(0)
      else awakened = true
    },
    rest() {
      resting = true
    },
    async stop() {
      clearTimeout(timer)
      timer = undefined
      await Promise.all([looking, purging])
      try {
        await lease.leave()
      } catch (error) {
        log.warn({ error }, 'the lease could not be given back; it runs out by itself')
      }
    },
  }
}
