/** A way to break a database that `converse` in verify.test.ts has filled. */
export interface Corruption {
  readonly what: string
  readonly sql: string
  /** The checks that must find it, in the order of the report, and no other. */
  readonly found: readonly string[]
}

/** A turn that a cluster answered, and the one that runs with a log of three pieces, and the one that waits for it. */
const done = `(SELECT t.id FROM turns t JOIN generations g ON g.user_id = t.user_id AND g.turn_id = t.id
               WHERE t.status = 'done' AND NOT EXISTS (SELECT FROM idempotency_keys WHERE object_id = t.id)
               ORDER BY t.id LIMIT 1)`
const running = "(SELECT id FROM turns WHERE status = 'running')"
const waiting = "(SELECT id FROM turns WHERE status = 'queued')"
const longAgo = "now() - interval '1 hour'"

export const corruptions: readonly Corruption[] = [
  {
    what: 'an accepted message whose turn is gone',
    sql: `DELETE FROM turns WHERE id = ${done}`,
    found: ['messages-have-turns', 'charges-have-turns'],
  },
  {
    what: 'an answer that is gone',
    sql: `DELETE FROM messages WHERE id = (SELECT message_id FROM turns WHERE id = ${waiting})`,
    found: ['turns-have-messages', 'positions', 'heads', 'open-answers'],
  },
  {
    what: 'a question that is gone with a turn on it, whose cost and whose other answer are left',
    sql: `WITH gone AS (DELETE FROM turns WHERE id = ${done} RETURNING message_id, user_message_id)
          DELETE FROM messages WHERE id IN (SELECT message_id FROM gone UNION SELECT user_message_id FROM gone)`,
    found: ['turns-have-messages', 'trees', 'positions', 'charges-have-turns'],
  },
  {
    what: 'a turn that ended otherwise than its answer',
    sql: `UPDATE turns SET status = 'stopped' WHERE id = ${done}`,
    found: ['outcomes-agree'],
  },
  {
    what: 'a turn that ended at no time',
    sql: `UPDATE turns SET ended_at = NULL WHERE id = ${done}`,
    found: ['states'],
  },
  {
    what: 'a turn that is running past its deadline',
    sql: `UPDATE turns SET started_at = ${longAgo} WHERE id = ${running}`,
    found: ['answered'],
  },
  {
    what: 'a running turn whose server died and that nobody took over',
    sql: `UPDATE workers SET expires_at = now() - interval '1 minute';
          UPDATE turn_events SET created_at = ${longAgo};
          UPDATE turns SET started_at = now() - interval '5 minutes' WHERE id = ${running}`,
    found: ['answered'],
  },
  {
    what: 'a running turn that was handed over to nobody',
    sql: `UPDATE turn_events SET created_at = ${longAgo};
          UPDATE turns SET owner = NULL, started_at = now() - interval '5 minutes' WHERE id = ${running}`,
    found: ['answered'],
  },
  {
    what: 'a queued turn that nobody began when it was due',
    sql: `UPDATE turns t SET waits_for = p.message_id, created_at = ${longAgo} FROM turns p
          WHERE t.id = ${waiting} AND p.conversation_id = t.conversation_id AND p.status = 'done';
          UPDATE turns SET ended_at = ${longAgo} WHERE status = 'done'`,
    found: ['answered'],
  },
  {
    what: 'a queued turn that waits for an answer which is not there',
    sql: `UPDATE turns SET waits_for = gen_random_uuid(), created_at = now() WHERE id = ${waiting}`,
    found: ['queue'],
  },
  {
    what: 'a turn that was taken over too often',
    sql: `UPDATE turns SET takeovers = 3, epoch = 4, last_seq = 3000000 WHERE id = ${done}`,
    found: ['epochs'],
  },
  {
    what: 'event numbers that a takeover did not raise',
    sql: `UPDATE turns SET epoch = 2, takeovers = 1 WHERE id = ${done}`,
    found: ['epochs'],
  },
  {
    what: 'a late write of a stalled owner, after the end',
    sql: `INSERT INTO turn_events SELECT user_id, id, epoch, 99, 0, 'late' FROM turns WHERE id = ${done}`,
    found: ['logs-belong'],
  },
  {
    what: 'a late write of a stalled owner, after a takeover',
    sql: `UPDATE turns SET epoch = 2, takeovers = 1, last_seq = 1000009 WHERE id = ${running};
          INSERT INTO turn_events SELECT user_id, id, 2, 1000009, 0, 'one' FROM turns WHERE id = ${running}`,
    found: ['logs-belong'],
  },
  {
    what: 'a hole in the log of a running turn',
    sql: `DELETE FROM turn_events e WHERE seq = (SELECT seq FROM turn_events ORDER BY seq OFFSET 1 LIMIT 1)`,
    found: ['logs-whole'],
  },
  {
    what: 'a beginning that the log of a running turn lacks',
    sql: 'DELETE FROM turn_events e WHERE seq = (SELECT min(seq) FROM turn_events)',
    found: ['logs-whole'],
  },
  {
    what: 'a piece that the log of a running turn holds twice',
    sql: `INSERT INTO turn_events SELECT user_id, turn_id, epoch, seq + 1000, text_start, content FROM turn_events
          ORDER BY seq DESC LIMIT 1`,
    found: ['logs-whole'],
  },
  {
    what: 'a message whose parent is missing',
    sql: `UPDATE messages SET parent_id = gen_random_uuid() WHERE id = (SELECT user_message_id FROM turns WHERE id = ${waiting})`,
    found: ['trees'],
  },
  {
    what: 'messages that are each below the other',
    sql: `UPDATE messages q SET parent_id = t.message_id FROM turns t WHERE t.id = ${waiting} AND q.id = t.user_message_id`,
    found: ['trees'],
  },
  {
    what: 'an answer below another question than it answers',
    sql: `UPDATE messages a SET parent_id = (SELECT id FROM messages q WHERE q.conversation_id = a.conversation_id AND q.position = 1)
          FROM turns t WHERE t.id = ${waiting} AND a.id = t.message_id`,
    found: ['turns-have-messages'],
  },
  {
    what: 'a position that no message has',
    sql: `UPDATE conversations SET last_position = last_position + 1 WHERE head_id IS NOT NULL`,
    found: ['positions'],
  },
  {
    what: 'a head that is missing',
    sql: 'UPDATE conversations SET head_id = gen_random_uuid() WHERE head_id IS NOT NULL',
    found: ['heads'],
  },
  {
    what: 'an answer that has ended and is held for open, so that what follows it would wait for ever',
    sql: `UPDATE conversations c SET open_message_ids = open_message_ids || t.message_id FROM turns t
          WHERE t.id = ${done} AND c.id = t.conversation_id`,
    found: ['open-answers'],
  },
  {
    what: 'a receipt that is gone',
    sql: `DELETE FROM generations WHERE turn_id = ${done}`,
    found: ['receipts', 'charged-once'],
  },
  {
    what: 'an answer that was charged twice',
    sql: `INSERT INTO usage SELECT (jsonb_populate_record(u, jsonb_build_object('id', gen_random_uuid()))).* FROM usage u
          WHERE turn_id = ${done} AND purpose = 'answer'`,
    found: ['charged-once'],
  },
  {
    what: 'an answer that was not charged',
    sql: `DELETE FROM usage WHERE turn_id = ${done} AND purpose = 'answer'`,
    found: ['charged-once'],
  },
  {
    what: 'an idempotency key that leads nowhere',
    sql: 'UPDATE idempotency_keys SET object_id = gen_random_uuid()',
    found: ['idempotency-keys'],
  },
  {
    what: 'a message of a conversation that is not there',
    sql: `ALTER TABLE messages DROP CONSTRAINT messages_user_id_conversation_id_fkey;
          INSERT INTO messages (user_id, conversation_id, id, position, role, content, status)
          SELECT id, gen_random_uuid(), gen_random_uuid(), 1, 'system', '', 'done' FROM users`,
    found: ['belongings'],
  },
  {
    what: 'a conversation of a user who is not there, whoever is asked for',
    sql: `ALTER TABLE conversations DROP CONSTRAINT conversations_user_id_fkey;
          INSERT INTO conversations (user_id, id, model) VALUES (987654321, gen_random_uuid(), 'm')`,
    found: ['belongings'],
  },
]
