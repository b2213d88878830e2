import type { Database } from './database.ts'

/** What came of one running turn since its last flush. */
export interface LoggedText {
  readonly userId: string
  readonly turnId: string
  readonly epoch: number
  /** Of the last event in it. */
  readonly seq: number
  /** Of the row that it follows, 0 where there is none; null: it is all of this turn's text, and replaces every row. */
  readonly after: number | null
  /** UTF-16 units of the answer before it. */
  readonly textStart: number
  readonly content: string
}

/**
 * Appends to the logs of any number of running turns in one statement. Turns that have ended, or run under another epoch,
 * are passed over. The commit does not wait for the disk: a crash of the database may lose the last moments of a log,
 * never anything that was acknowledged. Returns the turns whose log does not end where their text begins, because of such
 * a crash or because an earlier flush was committed without our knowing: nothing of them was written, and they are to be
 * logged as a whole.
 */
export async function logTurns(database: Database, texts: readonly LoggedText[]): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ turn_id: string }>(statement, [JSON.stringify(texts.map(toRow))])
  return new Set(rows.map(({ turn_id }) => turn_id))
}

const toRow = ({ userId, turnId, epoch, seq, after, textStart, content }: LoggedText) => ({
  user_id: userId,
  turn_id: turnId,
  epoch,
  seq,
  after,
  text_start: textStart,
  content,
})

// One JSON: the driver would write an array for each column element by element, for every token of every turn.
// set_config with `true` lasts until this statement's own commit, which is the one that need not wait.
const statement = `
WITH commit AS (SELECT set_config('synchronous_commit', 'off', true)), text AS (
  SELECT e.*, e.after IS NULL OR e.after = coalesce((
      SELECT max(l.seq) FROM turn_events l WHERE l.user_id = e.user_id AND l.turn_id = e.turn_id AND l.epoch = e.epoch
    ), 0) AS fits
  FROM commit, json_to_recordset($1::json)
    AS e (user_id bigint, turn_id uuid, epoch integer, seq bigint, after bigint, text_start integer, content text)
  JOIN turns t ON t.user_id = e.user_id AND t.id = e.turn_id AND t.epoch = e.epoch AND t.status = 'running'
), replaced AS (
  DELETE FROM turn_events l USING text e
  WHERE e.after IS NULL AND l.user_id = e.user_id AND l.turn_id = e.turn_id AND l.epoch = e.epoch AND l.seq <> e.seq
), added AS (
  INSERT INTO turn_events (user_id, turn_id, epoch, seq, text_start, content)
  SELECT user_id, turn_id, epoch, seq, text_start, content FROM text WHERE fits
  ON CONFLICT (user_id, turn_id, epoch, seq) DO UPDATE
  SET text_start = excluded.text_start, content = excluded.content
)
SELECT turn_id FROM text WHERE NOT fits`
