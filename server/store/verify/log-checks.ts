import { type Check, inSlice, messageOf, turnOf, utf16Length } from './check.ts'

/** What is true of the logs of running turns, which readers and takeovers rely on. */
export const logChecks: readonly Check[] = [
  {
    name: 'logs-belong',
    proves: 'Only running turns have a log, written by the owner of their present epoch.',
    rows: `
      SELECT e.user_id, 'turn' AS subject, e.turn_id::text AS id,
        max(CASE WHEN t.status <> 'running' THEN 'has a log, and is ' || t.status
                 WHEN e.epoch <> t.epoch THEN 'has a log of epoch ' || e.epoch || ', and runs under ' || t.epoch
                 WHEN e.seq < 1 OR (t.epoch > 1 AND e.seq < t.last_seq) THEN 'has a log older than its epoch'
            END) AS problem
      FROM turn_events e
      LEFT JOIN ${turnOf('t', 'e', 'turn_id')}
      WHERE ${inSlice('e.user_id')}
      GROUP BY e.user_id, e.turn_id`,
  },
  {
    name: 'logs-whole',
    proves: 'Logs have no holes and say nothing twice: each piece begins where the one before it ends.',
    rows: `
      SELECT user_id, 'turn' AS subject, turn_id::text AS id,
        max(CASE WHEN text_start > due THEN 'has a hole in its log, at ' || due
                 WHEN text_start < due THEN 'has text twice in its log, at ' || text_start
            END) AS problem
      FROM (
        SELECT e.user_id, e.turn_id, e.text_start,
               coalesce(lag(e.text_start + ${utf16Length('e.content')}) OVER log, ${utf16Length('a.content')}) AS due
        FROM turn_events e
        JOIN ${turnOf('t', 'e', 'turn_id')} AND t.epoch = e.epoch AND t.status = 'running'
        JOIN ${messageOf('a', 't', 'message_id')}
        WHERE ${inSlice('e.user_id')}
        WINDOW log AS (PARTITION BY e.user_id, e.turn_id ORDER BY e.seq)
      ) pieces
      GROUP BY user_id, turn_id`,
  },
]
