import type { Database } from './database.ts'

/**
 * Asks a running turn's owner to stop, by a flag that survives everybody; the owner ends it. A queued turn has no owner,
 * so it ends here, with an empty answer. One that has ended stays as it is.
 */
export async function stopTurn(database: Database, userId: string, turnId: string): Promise<void> {
  await database.query(statement, [userId, turnId])
}

// One update for both: a turn that is claimed in the same moment is seen as queued first, and found running once locked.
const statement = `
WITH asked AS (
  UPDATE turns
  SET stop_requested = true,
      status = CASE WHEN status = 'queued' THEN 'stopped' ELSE status END,
      ended_at = CASE WHEN status = 'queued' THEN now() END,
      last_seq = CASE WHEN status = 'queued' THEN 3 ELSE last_seq END
  WHERE user_id = $1 AND id = $2::uuid AND status IN ('queued', 'running')
  RETURNING status, conversation_id, message_id
), stopped AS (
  SELECT conversation_id, message_id FROM asked WHERE status = 'stopped'
), answer AS (
  UPDATE messages m SET status = 'stopped', finish_reason = 'stopped'
  FROM stopped s
  WHERE m.user_id = $1 AND m.conversation_id = s.conversation_id AND m.id = s.message_id
)
UPDATE conversations c SET open_message_ids = array_remove(c.open_message_ids, s.message_id)
FROM stopped s
WHERE c.user_id = $1 AND c.id = s.conversation_id`

/** The running turns of `owner` that somebody asked to stop. */
export async function stopsRequested(database: Database, owner: string): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    "SELECT id FROM turns WHERE owner = $1 AND status = 'running' AND stop_requested",
    [owner],
  )
  return rows.map(({ id }) => id)
}

/** Which of these turns `owner` runs still, by what the database knows, and under which epoch. */
export async function stillOwned(
  database: Database,
  owner: string,
  turnIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ id: string; epoch: number }>(
    "SELECT id, epoch FROM turns WHERE owner = $1 AND status = 'running' AND id = ANY ($2::uuid[])",
    [owner, turnIds],
  )
  return new Map(rows.map(({ id, epoch }) => [id, epoch]))
}
