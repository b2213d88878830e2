import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { cpuSince, cpuTime, cpuTimeOfFamily, totalMs } from '../process-usage.ts'

/** What was stored while the clock ran. */
export interface Stored {
  readonly turnsPerSecond: number
  /** Transactions for each of them, whatever they were for; a statement of ours is one. */
  readonly transactionsPerTurn: number
  /** Share of one core that the process took which sent the statements. */
  readonly senderBusy: number
  /** Shares of one core that Postgres took, all its processes together. */
  readonly postgresBusy: number
  /** The same for each turn, in milliseconds of CPU. */
  readonly postgresMsPerTurn: number
}

export interface Watched {
  /** Connected to the database that is written to. */
  readonly database: pg.Client
  readonly sender: number
  /** The postmaster. */
  readonly postgres: number
}

/** Counts the turns that become `done` in the database within so many seconds from now. */
export async function measureStored({ database, sender, postgres }: Watched, seconds: number): Promise<Stored> {
  const look = async () => ({
    at: performance.now(),
    sender: cpuTime(sender),
    postgres: cpuTimeOfFamily(postgres),
    ...(await countDone(database)),
  })
  const before = await look()
  await wait(seconds * 1_000)
  const after = await look()
  const wallMs = after.at - before.at
  const turns = after.turns - before.turns
  const postgresMs = totalMs(cpuSince(before.postgres, after.postgres))
  return {
    turnsPerSecond: turns / (wallMs / 1_000),
    transactionsPerTurn: (after.transactions - before.transactions) / turns,
    senderBusy: totalMs(cpuSince(before.sender, after.sender)) / wallMs,
    postgresBusy: postgresMs / wallMs,
    postgresMsPerTurn: postgresMs / turns,
  }
}

/** Turns that are `done`, and transactions so far, which Postgres tells with up to a second's delay. */
export async function countDone(
  database: pg.Client,
): Promise<{ readonly turns: number; readonly transactions: number }> {
  const { rows } = await database.query<{ turns: number; transactions: number }>(
    `SELECT (SELECT count(*) FROM turns WHERE status = 'done')::float8 AS turns,
            (SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database())::float8
              AS transactions`,
  )
  return rows[0] ?? { turns: 0, transactions: 0 }
}
