import { type Database, unlimited } from './database.ts'
import { orphaned, seqLeap, type TakeOver, unknownToOwner, worthGoingOn } from './take-over.ts'

/** The only cross-owner reader: finds what the dead left behind and what has had its time. Each call may be repeated. */
export interface Sweep {
  /**
   * Ends turns as `interrupted` whose owner holds no live lease, or is `owner` and does not know of them, and that nobody
   * may take over any more, since they began more than `deadlineMs` ago or lost their owners too often: their answers keep the text that their logs hold. In slices
   * that several processes may take at once. The epoch rises, so that an owner that was only stalled can no longer end
   * them. Returns how many.
   */
  interruptOrphans(which: Omit<TakeOver, 'reap'>): Promise<number>
  /**
   * Deletes for good: conversations deleted a day ago, temporary ones that ran out, and idempotency keys, leases, sessions
   * and links that had their time.
   */
  purge(): Promise<number>
  /** Makes the months' partitions of `usage` from this month to three ahead. */
  prepareUsagePartitions(now: Date): Promise<void>
}

export function createSweep(database: Database): Sweep {
  return {
    async interruptOrphans({ owner, running, deadlineMs }) {
      let total = 0
      for (;;) {
        const values = [sliceSize, deadlineMs, owner, running]
        const [row] = await database.query<{ turns: number }>(interruptSlice, values, unlimited)
        const turns = row?.turns ?? 0
        total += turns
        if (turns < sliceSize) return total
      }
    },
    async purge() {
      const [row] = await database.query<{ conversations: number }>(purge, [], unlimited)
      return row?.conversations ?? 0
    },
    async prepareUsagePartitions(now) {
      for (let ahead = 0; ahead <= 3; ahead++) {
        const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead))
        const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead + 1))
        await addPartition(database, from, to)
      }
    },
  }
}

const sliceSize = 500

// Several ended answers may belong to one conversation, and an UPDATE ... FROM applies only one row to each target.
const interruptSlice = `
WITH orphans AS (
  SELECT t.user_id, t.id, t.epoch FROM turns t
  WHERE ((${orphaned}) OR (${unknownToOwner('$3', '$4')})) AND NOT (${worthGoingOn('$2')})
  LIMIT $1
  FOR UPDATE SKIP LOCKED
), logged AS (
  SELECT o.user_id, o.id, string_agg(e.content, '' ORDER BY e.seq) AS content, max(e.seq) AS seq
  FROM orphans o
  JOIN turn_events e ON e.user_id = o.user_id AND e.turn_id = o.id AND e.epoch = o.epoch
  GROUP BY 1, 2
), ended AS (
  UPDATE turns t
  SET status = 'interrupted', epoch = t.epoch + 1, ended_at = now(), last_seq = greatest(t.last_seq, coalesce(l.seq, 0)) + ${seqLeap}
  FROM orphans o
  LEFT JOIN logged l ON l.user_id = o.user_id AND l.id = o.id
  WHERE t.user_id = o.user_id AND t.id = o.id
  RETURNING t.user_id, t.id, t.conversation_id, t.message_id, l.content
), answers AS (
  UPDATE messages m
  SET content = m.content || coalesce(e.content, ''), status = 'interrupted', finish_reason = 'interrupted'
  FROM ended e
  WHERE m.user_id = e.user_id AND m.conversation_id = e.conversation_id AND m.id = e.message_id
), log AS (
  DELETE FROM turn_events e USING ended t WHERE e.user_id = t.user_id AND e.turn_id = t.id
), conversations_released AS (
  UPDATE conversations c
  SET open_message_ids = ARRAY(SELECT unnest(c.open_message_ids) EXCEPT SELECT unnest(e.message_ids)),
      updated_at = now()
  FROM (SELECT user_id, conversation_id, array_agg(message_id) AS message_ids FROM ended GROUP BY 1, 2) e
  WHERE c.user_id = e.user_id AND c.id = e.conversation_id
)
SELECT count(*)::int AS turns FROM ended`

// A key that leads nowhere would look like a lost answer.
const purge = `
WITH gone AS (
  DELETE FROM conversations WHERE deleted_at < now() - interval '24 hours' OR expires_at < now() RETURNING user_id, id
), keys_of_gone AS (
  SELECT user_id, id FROM gone
  UNION ALL
  SELECT t.user_id, t.id FROM gone g JOIN turns t ON t.user_id = g.user_id AND t.conversation_id = g.id
), old_keys AS (
  DELETE FROM idempotency_keys k
  WHERE k.created_at < now() - interval '24 hours'
     OR EXISTS (SELECT FROM keys_of_gone o WHERE o.user_id = k.user_id AND o.id = k.object_id)
), old_leases AS (
  DELETE FROM workers WHERE expires_at < now() - interval '1 hour'
), old_sessions AS (
  DELETE FROM sessions WHERE expires_at < now()
), old_links AS (
  DELETE FROM verifications WHERE expires_at < now()
), stray_log AS (
  -- What an owner wrote in the very moment in which its turn ended or was taken over.
  DELETE FROM turn_events e
  WHERE e.created_at < now() - interval '1 hour' AND NOT EXISTS (
    SELECT FROM turns t
    WHERE t.user_id = e.user_id AND t.id = e.turn_id AND t.epoch = e.epoch AND t.status = 'running'
  )
)
SELECT count(*)::int AS conversations FROM gone`

/**
 * Adds the partition of the ids minted from `from` to `to`. A UUID v7 begins with its time in milliseconds, so a month
 * of ids is a range (RFC 9562, section 5.7). Rows that a jumping clock put into the default partition move over, for
 * Postgres refuses a partition that the default already holds rows of.
 */
async function addPartition(database: Database, from: Date, to: Date): Promise<void> {
  const name = `usage_${from.toISOString().slice(0, 7).replace('-', '_')}`
  const range = [firstIdAt(from), firstIdAt(to)]
  await database.transaction(async client => {
    // Whoever waits for the whole table, behind a dump of it, holds up everybody else.
    await client.query("SET LOCAL lock_timeout = '2s'")
    await client.query("SELECT pg_advisory_xact_lock(hashtext('parley.usage_partitions'))")
    const { rows } = await client.query<{ present: boolean }>('SELECT to_regclass($1) IS NOT NULL AS present', [name])
    if (rows[0]?.present) return
    await client.query(`CREATE TABLE ${name} (LIKE usage INCLUDING ALL)`)
    await client.query(
      `WITH moved AS (DELETE FROM usage_default WHERE id >= $1 AND id < $2 RETURNING *) INSERT INTO ${name} SELECT * FROM moved`,
      range,
    )
    await client.query(`ALTER TABLE usage ATTACH PARTITION ${name} FOR VALUES FROM ('${range[0]}') TO ('${range[1]}')`)
  })
}

function firstIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
