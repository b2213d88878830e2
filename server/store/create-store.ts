import type { Log } from '#kit'
import { type AuthTables, createAuthTables } from './auth-tables.ts'
import { type ClaimedTurn, claimForgotten } from './claim-turns.ts'
import { type Clusters, createClusters } from './clusters.ts'
import { type Conversations, createConversations } from './conversations.ts'
import { createDatabase, type Database, type DatabaseOptions } from './database.ts'
import { createDirectory, type Directory } from './directory.ts'
import { type LoggedText, logTurns } from './log-turns.ts'
import { createMessages, type Messages } from './messages.ts'
import { migrate } from './migrate.ts'
import { createOneTimeLinks, type OneTimeLinks } from './one-time-links.ts'
import { withPassingFaults } from './passing-faults.ts'
import { createPeople, type People } from './people.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { type SpentUsage, spend } from './spend.ts'
import { stillOwned, stopsRequested } from './stop-turn.ts'
import { createSweep, type Sweep } from './sweep.ts'
import { type TakeOver, takeOverTurns } from './take-over.ts'
import { createTurns, type Turns } from './turns.ts'
import { countUnanswered } from './unanswered-turns.ts'
import { createWorkers, type Workers } from './workers.ts'

/** What one user owns. Every statement behind it names the user, so it cannot reach anybody else's rows. */
export interface OwnerStore {
  readonly conversations: Conversations
  readonly messages: Messages
  readonly turns: Turns
  /** Writes what was spent beside a turn. A second write under one id counts once. */
  spend(usage: SpentUsage): Promise<void>
}

/**
 * Everything kept. While the database is away or full every method fails with the fault `overloaded`; a failed write may
 * or may not have happened.
 */
export interface Store {
  of(userId: string): OwnerStore
  readonly directory: Directory
  readonly people: People
  readonly sessions: Sessions
  readonly links: OneTimeLinks
  readonly authTables: AuthTables
  readonly clusters: Clusters
  readonly workers: Workers
  readonly sweep: Sweep
  claimForgotten(owner: string): Promise<ClaimedTurn[]>
  /** Hands running turns without a living owner over, a slice a call; see `takeOverTurns`. */
  takeOver(which: TakeOver): Promise<ClaimedTurn[]>
  /** Which of these turns `owner` still runs, with their epochs. */
  stillOwned(owner: string, turnIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Appends to the logs of running turns; returns those to be logged as a whole. See `LoggedText`. */
  logTurns(texts: readonly LoggedText[]): Promise<ReadonlySet<string>>
  /** The running turns of `owner` that somebody asked to stop. */
  stopsRequested(owner: string): Promise<string[]>
  /** Turns of the whole instance that were accepted and, at most `deadlineMs` after their start, should have ended. */
  unansweredTurns(deadlineMs: number): Promise<number>
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
  const own = withPassingFaults({
    claimForgotten: (owner: string) => claimForgotten(database, owner),
    takeOver: (which: TakeOver) => takeOverTurns(database, which),
    stillOwned: (owner: string, turnIds: readonly string[]) => stillOwned(database, owner, turnIds),
    logTurns: (texts: readonly LoggedText[]) => logTurns(database, texts),
    stopsRequested: (owner: string) => stopsRequested(database, owner),
    unansweredTurns: (deadlineMs: number) => countUnanswered(database, deadlineMs),
    async ping() {
      await database.query('SELECT 1')
    },
  })
  const owners = new Map<string, OwnerStore>()
  return {
    of(userId) {
      const known = owners.get(userId)
      if (known !== undefined) return known
      if (owners.size >= mostOwners) owners.clear()
      const owner = createOwner(database, userId)
      owners.set(userId, owner)
      return owner
    },
    directory: withPassingFaults(createDirectory(database), ['keyHolder', 'hasAdmin', 'adminId', 'setting']),
    people: withPassingFaults(createPeople(database), [
      'person',
      'withEmail',
      'admins',
      'list',
      'passwordHash',
      'isBanned',
    ]),
    sessions: withPassingFaults(createSessions(database), ['holder', 'list']),
    links: withPassingFaults(createOneTimeLinks(database)),
    authTables: createAuthTables(database),
    clusters: withPassingFaults(createClusters(database)),
    workers: withPassingFaults(createWorkers(database), ['renew', 'addressOf', 'others']),
    sweep: withPassingFaults(createSweep(database)),
    ...own,
    close: database.close,
  }
}

/** Faces without state of their own, so that they are made once for each user who is about, not for each statement. */
const mostOwners = 10_000

const repeatableOfTurns = ['get', 'openOn', 'place', 'log', 'spent', 'end', 'stop', 'madeUnder'] as const

const createOwner = (database: Database, userId: string): OwnerStore => ({
  conversations: withPassingFaults(createConversations(database, userId), ['get', 'modelOf', 'list', 'change']),
  messages: withPassingFaults(createMessages(database, userId), ['list', 'get', 'rate', 'promptContext']),
  turns: withPassingFaults(createTurns(database, userId), [...repeatableOfTurns]),
  ...withPassingFaults({ spend: (usage: SpentUsage) => spend(database, userId, usage) }),
})
