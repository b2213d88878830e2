import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '#kit'
import type { Turn } from '#protocol'
import type { Store } from '#store'
import type { LiveTurns } from './live-turns.ts'
import { toTurn } from './to-wire.ts'

export interface StopTurnDeps {
  readonly store: Store
  readonly liveTurns: LiveTurns
  readonly workerId: string
}

/** How long a stop waits to be able to tell how the turn ended. */
const patienceMs = 2_000

/**
 * Stops a turn. One that runs here is told at once, which closes its cluster's socket; the flag in the database reaches
 * every other owner, and a new one after a crash. What waited for a turn that was itself only queued is started.
 */
export async function stopTurn(
  { store, liveTurns, workerId }: StopTurnDeps,
  userId: string,
  turnId: string,
): Promise<Turn> {
  const owner = store.of(userId)
  const live = liveTurns.get(turnId)
  if (live?.turn.userId === userId) live.endEarly('stopped')
  const asked = await owner.turns.stop(turnId)
  if (asked === undefined) throw new Fault('not_found', 'There is no such turn.')
  if (asked.status !== 'running') {
    const waiting = await owner.turns.claimWaiting(asked.conversation_id, asked.message_id, workerId)
    for (const turn of waiting) void liveTurns.run(turn)
    return toTurn(asked)
  }
  if (live === undefined) return toTurn(asked)
  await Promise.race([liveTurns.ended(turnId), wait(patienceMs, undefined, { ref: false })])
  return toTurn((await owner.turns.get(turnId)) ?? asked)
}
