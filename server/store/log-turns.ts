import type { Database } from './database.ts'

/** What came of one running turn since its last flush. */
export interface LoggedText {
  readonly userId: string
  readonly turnId: string
  readonly epoch: number
  /** Of the last event in it. */
  readonly seq: number
  /** UTF-16 units of the answer before it. */
  readonly textStart: number
  readonly content: string
}

/**
 * Appends to the logs of any number of running turns in one statement. Turns that have ended, or run under another epoch,
 * are passed over. The commit does not wait for the disk: a crash of the database may lose the last moments of a log,
 * never anything that was acknowledged.
 */
export async function logTurns(database: Database, texts: readonly LoggedText[]): Promise<void> {
  await database.query(statement, [JSON.stringify(texts.map(toRow))])
}

const toRow = ({ userId, turnId, epoch, seq, textStart, content }: LoggedText) => ({
  user_id: userId,
  turn_id: turnId,
  epoch,
  seq,
  text_start: textStart,
  content,
})

// One JSON: the driver would write six arrays element by element, for every token of every turn.
// set_config with `true` lasts until this statement's own commit, which is the one that need not wait.
const statement = `
WITH commit AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO turn_events (user_id, turn_id, epoch, seq, text_start, content)
SELECT e.user_id, e.turn_id, e.epoch, e.seq, e.text_start, e.content
FROM commit, json_to_recordset($1::json)
  AS e (user_id bigint, turn_id uuid, epoch integer, seq bigint, text_start integer, content text)
JOIN turns t ON t.user_id = e.user_id AND t.id = e.turn_id AND t.epoch = e.epoch AND t.status = 'running'
ON CONFLICT DO NOTHING`
