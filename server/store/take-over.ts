import { type ClaimedTurn, type ClaimRow, toClaimedTurn } from './claim-turns.ts'
import type { Database } from './database.ts'

/** Who takes turns over, and which. */
export interface TakeOver {
  /** The worker that will own them. */
  readonly owner: string
  /** The turns that run there already. */
  readonly running: readonly string[]
  /** No turn that began longer ago is worth going on with. */
  readonly deadlineMs: number
  /** Those of dead processes, too; else only what was handed over in an orderly way. */
  readonly reap: boolean
}

/** How often a turn may lose its owner to a crash: one that brings down whoever runs it must not go round for ever. */
export const mostTakeovers = 2
/** More events than a dead owner can have sent after its last flush: readers must see what follows as newer than all. */
export const seqLeap = 1_000_000

/** Small, so that several processes share what a dead one left. */
const sliceSize = 50
/** A start whose commit is unknown to its own process is looked up for less than this, and then runs or was lost. */
const lostAfterMs = 15_000

/**
 * Hands a slice of running turns without a living owner to `owner`: those of dead processes, those that were handed over,
 * and its own that it does not know of, because the answer to its claim or start was lost. In one statement the epoch
 * rises, which fences the owner before, and the text logged so far becomes one row under the new epoch. Passed over are
 * turns at their last takeover or past their deadline; `Sweep.interruptOrphans` ends those. Empty: nothing is left, or
 * `owner` holds no lease itself.
 */
export async function takeOverTurns(
  database: Database,
  { owner, running, deadlineMs, reap }: TakeOver,
): Promise<ClaimedTurn[]> {
  const rows = await database.query<TakenRow>(statement, [owner, running, deadlineMs, reap])
  return rows.map(row => ({
    ...toClaimedTurn(row),
    prefix: row.content + (row.logged ?? ''),
    taken: {
      lastSeq: row.last_seq,
      loggedSeq: row.logged === null ? 0 : row.last_seq,
      loggedFrom: row.content.length,
      ranMs: row.ran_ms,
      stopRequested: row.stop_requested,
    },
  }))
}

/** Turns that run and whose owner holds no live lease, nobody's included. */
export const orphaned =
  "t.status = 'running' AND NOT EXISTS (SELECT FROM workers w WHERE w.id = t.owner AND w.expires_at > now())"

/** Not yet past the deadline, nor lost too often; `deadlineMs` is the name of a parameter. */
export const worthGoingOn = (deadlineMs: string) =>
  `t.takeovers < ${mostTakeovers} AND t.started_at > now() - ${deadlineMs} * interval '1 millisecond'`

/**
 * Turns of `owner`, the name of a parameter, that are not among those it runs, `running`: the answer to its claim or start
 * was lost. Nobody else can see that they are orphans.
 */
export const unknownToOwner = (owner: string, running: string) =>
  `t.owner = ${owner} AND t.status = 'running' AND NOT t.id = ANY (${running}::uuid[])
   AND t.started_at < now() - interval '${lostAfterMs} milliseconds'`

interface TakenRow extends ClaimRow {
  /** What the answer held before this turn, and what this turn has logged. */
  content: string
  logged: string | null
  last_seq: number
  ran_ms: number
  stop_requested: boolean
}

// What nobody owns was handed over in an orderly way: that is no crash.
const statement = `
WITH orphans AS (
  SELECT t.user_id, t.id, t.epoch FROM turns t
  WHERE ${worthGoingOn('$3')} AND EXISTS (SELECT FROM workers WHERE id = $1 AND expires_at > now()) AND (
    (${orphaned} AND (t.owner IS NULL OR $4) AND NOT t.id = ANY ($2::uuid[])) OR (${unknownToOwner('$1', '$2')})
  )
  LIMIT ${sliceSize}
  FOR UPDATE SKIP LOCKED
), logged AS (
  SELECT o.user_id, o.id, string_agg(e.content, '' ORDER BY e.seq) AS content, max(e.seq) AS seq,
         min(e.text_start) AS text_start
  FROM orphans o
  JOIN turn_events e ON e.user_id = o.user_id AND e.turn_id = o.id AND e.epoch = o.epoch
  GROUP BY 1, 2
), taken AS (
  UPDATE turns t
  SET owner = $1, epoch = t.epoch + 1, takeovers = t.takeovers + CASE WHEN t.owner IS NULL THEN 0 ELSE 1 END,
      last_seq = greatest(t.last_seq, coalesce(l.seq, 0)) + ${seqLeap}
  FROM orphans o
  LEFT JOIN logged l ON l.user_id = o.user_id AND l.id = o.id
  WHERE t.user_id = o.user_id AND t.id = o.id
  RETURNING t.*, l.content AS logged, l.text_start
), so_far AS (
  INSERT INTO turn_events (user_id, turn_id, epoch, seq, text_start, content)
  SELECT user_id, id, epoch, last_seq, text_start, logged FROM taken WHERE logged IS NOT NULL
), older AS (
  DELETE FROM turn_events e USING taken t WHERE e.user_id = t.user_id AND e.turn_id = t.id AND e.epoch < t.epoch
)
SELECT t.user_id, t.id, t.conversation_id, t.message_id, t.user_message_id, t.model, t.temperature, t.max_tokens,
       t.fresh, t.interactive, t.epoch, t.stop_requested, t.last_seq::float8 AS last_seq, m.content, t.logged,
       extract(epoch FROM now() - t.started_at)::float8 * 1000 AS ran_ms
FROM taken t
JOIN messages m ON m.user_id = t.user_id AND m.conversation_id = t.conversation_id AND m.id = t.message_id`
