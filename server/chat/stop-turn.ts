import { setTimeout as wait } from 'node:timers/promises'
import { Fault, type Log } from '#kit'
import type { Turn } from '#protocol'
import type { Store } from '#store'
import type { LiveTurn } from './live-turn.ts'
import type { LiveTurns } from './live-turns.ts'
import type { Peers } from './peers.ts'
import { toTurn } from './to-wire.ts'

export interface StopTurnDeps {
  readonly store: Store
  readonly liveTurns: LiveTurns
  readonly peers: Peers
  readonly workerId: string
  readonly log: Log
}

/** How long a stop waits to be able to tell how the turn ended. */
const patienceMs = 2_000

/**
 * Stops a turn. Its owner is told at once, here or in another process, which closes its cluster's socket; the flag in
 * the database reaches one that cannot be told, and a new one after a crash. What waited for a turn that was itself only
 * queued is started.
 */
export async function stopTurn(
  { store, liveTurns, peers, workerId, log }: StopTurnDeps,
  userId: string,
  turnId: string,
): Promise<Turn> {
  const owner = store.of(userId)
  const live = liveTurns.get(turnId)
  const own = live?.turn.userId === userId ? stopLive(live, liveTurns) : undefined
  const asked = await owner.turns.stop(turnId)
  if (asked === undefined) throw new Fault('not_found', 'There is no such turn.')
  if (asked.status !== 'running') {
    const waiting = await owner.turns.claimWaiting(asked.conversation_id, asked.message_id, workerId)
    for (const turn of waiting) void liveTurns.run(turn)
    return toTurn(asked)
  }
  if (asked.owner !== workerId) {
    const address = asked.owner === null ? undefined : await store.workers.addressOf(asked.owner)
    if (address === undefined) return toTurn(asked)
    try {
      await peers.stop({ address, userId, turnId })
    } catch (error) {
      log.debug({ turn_id: turnId, error }, "a turn's owner cannot be reached; it finds the wish to stop by itself")
    }
  } else {
    await own
  }
  return toTurn((await owner.turns.get(turnId)) ?? asked)
}

/** Stops a turn that runs here. Resolves when it has ended, or after two seconds. */
export async function stopLive(live: LiveTurn, liveTurns: LiveTurns): Promise<void> {
  live.endEarly('stopped')
  await Promise.race([liveTurns.ended(live.turn.turnId), wait(patienceMs, undefined, { ref: false })])
}
