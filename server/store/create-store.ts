import type { Log } from '#kit'
import { type ClaimedTurn, claimForgotten, claimWaiting } from './claim-turns.ts'
import { type Conversations, createConversations } from './conversations.ts'
import { createDatabase, type DatabaseOptions } from './database.ts'
import { createDirectory, type Directory } from './directory.ts'
import { type EndOutcome, endTurn, type TurnEnd } from './end-turn.ts'
import { createMessages, type Messages } from './messages.ts'
import { migrate } from './migrate.ts'
import { type NewTurn, type StartOutcome, startTurn } from './start-turn.ts'
import { createSweep, type Sweep } from './sweep.ts'
import { withReachabilityFaults } from './unreachable.ts'
import { createWorkers, type Workers } from './workers.ts'

/** What one user owns. Every statement behind it names the user, so it cannot reach anybody else's rows. */
export interface OwnerStore {
  readonly conversations: Conversations
  readonly messages: Messages
  readonly turns: {
    start(turn: NewTurn): Promise<StartOutcome>
    /** Whether a turn was written and is open: the answer to a start whose commit is unknown. */
    openStatus(turnId: string): Promise<'running' | 'queued' | undefined>
    end(end: TurnEnd): Promise<EndOutcome>
    claimWaiting(conversationId: string, endedId: string, owner: string): Promise<ClaimedTurn[]>
  }
}

/**
 * Everything kept. While the database is unreachable every method fails with the fault `overloaded`; a failed write may
 * or may not have happened.
 */
export interface Store {
  of(userId: string): OwnerStore
  readonly directory: Directory
  readonly workers: Workers
  readonly sweep: Sweep
  claimForgotten(owner: string): Promise<ClaimedTurn[]>
  /** Fails unless the database answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Connects and migrates. Fails when the database cannot be reached or its schema is newer than this release. */
export async function openStore(options: DatabaseOptions & { readonly log: Log }): Promise<Store> {
  const database = createDatabase(options)
  try {
    await migrate(database, options.log)
  } catch (error) {
    await database.close()
    throw error
  }
  const own = withReachabilityFaults({
    claimForgotten: (owner: string) => claimForgotten(database, owner),
    async ping() {
      await database.query('SELECT 1')
    },
  })
  return {
    of: userId => ({
      conversations: withReachabilityFaults(createConversations(database, userId)),
      messages: withReachabilityFaults(createMessages(database, userId)),
      turns: withReachabilityFaults({
        start: (turn: NewTurn) => startTurn(database, userId, turn),
        async openStatus(turnId: string) {
          const [row] = await database.query<{ status: 'running' | 'queued' }>(
            "SELECT status FROM turns WHERE user_id = $1 AND id = $2 AND status IN ('running', 'queued')",
            [userId, turnId],
          )
          return row?.status
        },
        end: (end: TurnEnd) => endTurn(database, userId, end),
        claimWaiting: (conversationId: string, endedId: string, owner: string) =>
          claimWaiting(database, userId, conversationId, endedId, owner),
      }),
    }),
    directory: withReachabilityFaults(createDirectory(database)),
    workers: withReachabilityFaults(createWorkers(database)),
    sweep: withReachabilityFaults(createSweep(database)),
    ...own,
    close: database.close,
  }
}
