import type { ClientBase } from 'pg'
import { accountChecks } from './account-checks.ts'
import type { Check } from './check.ts'
import { logChecks } from './log-checks.ts'
import { treeChecks } from './tree-checks.ts'
import { turnChecks } from './turn-checks.ts'

export interface LookOptions {
  /** The longest life of a turn, in milliseconds. */
  readonly deadlineMs: number
  /** Only what belongs to this user. */
  readonly userId: string | undefined
  /** Ends the work before the next statement; its reason is thrown. */
  readonly signal: AbortSignal
  /** Told after each slice of users. */
  readonly onProgress: (progress: { readonly users: number; readonly of: number }) => void
}

export interface CheckResult {
  readonly name: string
  /** What it proves, in a sentence. */
  readonly proves: string
  /** How many rows it looked at, and in how many something is wrong. */
  readonly looked: number
  readonly violations: number
  /** The first of those, at most 20. */
  readonly examples: readonly Violation[]
}

/** By ids alone: nothing that a person wrote. */
export interface Violation {
  readonly user: string
  /** What `id` is the id of: a turn, a message, a conversation, ... */
  readonly subject: string
  readonly id: string
  readonly problem: string
}

/** Runs every check over a slice of users after the other. It sees one moment if its transaction does. */
export async function lookThrough(
  client: ClientBase,
  { deadlineMs, userId, signal, onProgress }: LookOptions,
): Promise<{ readonly users: number; readonly checks: readonly CheckResult[] }> {
  const checks = [...turnChecks(deadlineMs), ...logChecks, ...treeChecks, ...accountChecks]
  const tallies = checks.map(check => ({ check, looked: 0, violations: 0, examples: [] as Violation[] }))
  const of = await countUsers(client, userId)
  let users = 0
  for await (const slice of slices(client, userId)) {
    for (const tally of tallies) {
      signal.throwIfAborted()
      const found = await run(client, tally.check, slice, mostExamples - tally.examples.length)
      tally.looked += found.looked
      tally.violations += found.violations
      tally.examples.push(...found.examples)
    }
    users += slice.users
    onProgress({ users, of })
  }
  return {
    users,
    checks: tallies.map(({ check: { name, proves }, ...tally }): CheckResult => ({ name, proves, ...tally })),
  }
}

const mostExamples = 20
const usersPerSlice = 200

interface Slice {
  /** Ids above `from`, up to `to`. */
  readonly from: string
  readonly to: string
  readonly users: number
}

/** Every id there can be, so that rows of users who are missing are looked at as well; or one user's. */
async function* slices(client: ClientBase, userId: string | undefined): AsyncGenerator<Slice> {
  if (userId !== undefined) {
    yield { from: String(BigInt(userId) - 1n), to: userId, users: 1 }
    return
  }
  for (let from = lowest; ; ) {
    const { rows } = await client.query<{ to: string | null; users: number }>(
      `SELECT max(id) AS to, count(*)::int AS users
       FROM (SELECT id FROM users WHERE id > $1::bigint ORDER BY id LIMIT ${usersPerSlice}) slice`,
      [from],
    )
    const { to, users } = rows[0] ?? { to: null, users: 0 }
    if (to === null || users < usersPerSlice) {
      yield { from, to: highest, users }
      return
    }
    yield { from, to, users }
    from = to
  }
}

const lowest = String(-(2n ** 63n))
const highest = String(2n ** 63n - 1n)

async function countUsers(client: ClientBase, userId: string | undefined): Promise<number> {
  const { rows } = await client.query<{ users: number }>(
    'SELECT count(*)::int AS users FROM users WHERE $1::bigint IS NULL OR id = $1',
    [userId],
  )
  const users = rows[0]?.users ?? 0
  if (users === 0 && userId !== undefined) throw new Error(`There is no user ${userId}.`)
  return users
}

interface Found {
  readonly looked: number
  readonly violations: number
  readonly examples: readonly Violation[]
}

async function run(client: ClientBase, { rows: sql }: Check, { from, to }: Slice, examples: number): Promise<Found> {
  const { rows } = await client.query<Found>(
    `WITH seen AS MATERIALIZED (${sql})
     SELECT count(*)::float8 AS looked, count(problem)::float8 AS violations,
            (SELECT coalesce(json_agg(json_build_object(
                      'user', user_id::text, 'subject', subject, 'id', id, 'problem', problem)), '[]')
             FROM (SELECT * FROM seen WHERE problem IS NOT NULL LIMIT $3) first) AS examples
     FROM seen`,
    [from, to, examples],
  )
  const [found] = rows
  if (found === undefined) throw new Error('an aggregate returned nothing')
  return found
}
