import type { Database } from './database.ts'
import { leaseMs } from './workers.ts'

/** How long whatever is due may take beyond its time: a takeover, a look of recovery, a commit. */
const marginMs = 15_000

/**
 * Why a turn `t` counts as accepted but not answered, as an SQL expression; NULL where it has ended or is being worked
 * on. `deadlineMs`, the longest life of a turn, is the name of a parameter or a number.
 *
 * A lease that lapsed is forgiven for one lease time and a margin, in which another process takes over. When it lapsed
 * is told by the lease, or by the last that was logged where the lease is gone.
 */
export const unansweredBecause = (deadlineMs: string) => `
CASE t.status
  WHEN 'running' THEN
    CASE WHEN t.started_at < ${before(`${deadlineMs} + ${leaseMs + marginMs}`)} THEN 'is past its deadline'
         WHEN EXISTS (SELECT FROM workers w WHERE w.id = t.owner AND w.expires_at > now()) THEN NULL
         WHEN greatest(
           t.started_at,
           (SELECT w.expires_at FROM workers w WHERE w.id = t.owner),
           (SELECT max(e.created_at) FROM turn_events e WHERE e.user_id = t.user_id AND e.turn_id = t.id)
         ) < ${before(`${leaseMs + marginMs}`)} THEN 'runs, but on no living server'
    END
  WHEN 'queued' THEN
    CASE WHEN greatest(
           t.created_at,
           (SELECT max(p.ended_at) FROM turns p
            WHERE p.user_id = t.user_id AND p.conversation_id = t.conversation_id AND p.message_id = t.waits_for)
         ) < ${before(`${leaseMs + marginMs}`)}
          AND NOT EXISTS (
            SELECT FROM turns p
            WHERE p.user_id = t.user_id AND p.conversation_id = t.conversation_id AND p.message_id = t.waits_for
              AND p.status IN ('queued', 'running'))
          AND EXISTS (
            -- In a deleted conversation it waits: a restored one goes on.
            SELECT FROM conversations c
            WHERE c.user_id = t.user_id AND c.id = t.conversation_id AND c.deleted_at IS NULL)
         THEN 'waits for nothing, and nobody runs it'
    END
END`

const before = (ms: string) => `now() - (${ms}) * interval '1 millisecond'`

/** How many turns of the whole instance were accepted but are not answered: none, unless something is wrong. */
export async function countUnanswered(database: Database, deadlineMs: number): Promise<number> {
  const [row] = await database.query<{ turns: number }>(statement, [deadlineMs])
  return row?.turns ?? 0
}

// One part for each of the two indexes on open turns.
const statement = `
SELECT count(*)::int AS turns FROM (
  SELECT FROM turns t WHERE t.status = 'running' AND (${unansweredBecause('$1::float8')}) IS NOT NULL
  UNION ALL
  SELECT FROM turns t WHERE t.status = 'queued' AND (${unansweredBecause('$1::float8')}) IS NOT NULL
) unanswered`
