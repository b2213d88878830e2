import type { TurnEvent } from '#protocol'

/** Where a turn runs, and up to where it is known here. */
export interface PeerTurn {
  /** Of its owner. */
  readonly address: string
  readonly userId: string
  readonly turnId: string
  /** The last event that is known. */
  readonly after: number
}

/**
 * The other processes on this database. Nothing depends on reaching them but how soon things are known: whatever they
 * tell stands, a moment later, in the database. All reject when the other side cannot be reached or says nothing.
 */
export interface Peers {
  /** Hands over a running turn's events as they come, until its owner has told its end or runs it no longer. */
  follow(turn: PeerTurn, take: (events: readonly TurnEvent[]) => void, signal: AbortSignal): Promise<void>
  /** Has the owner stop a turn whose flag is set. Resolves when it has ended, or within about two seconds. */
  stop(turn: Omit<PeerTurn, 'after'>): Promise<void>
  /** Says that there are turns to take over, which it would find by itself some seconds later. */
  wake(address: string): Promise<void>
}
