import { type Check, conversationOf, inSlice, messageOf, turnOf } from './check.ts'

/** A row without what it belongs to; the foreign keys forbid it, but a restored dump or a torn page knows none. */
const orphans = (table: string, subject: string, id: string, parent: string, join: string) => `
  SELECT x.user_id, '${subject}' AS subject, ${id} AS id,
    CASE WHEN p.id IS NULL THEN 'is in ${table}, and its row in ${parent} is missing' END AS problem
  FROM ${table} x LEFT JOIN ${parent} p ON ${join}
  WHERE ${inSlice('x.user_id')}`

const ofUser = `p.id = x.user_id AND ${inSlice('p.id')}`
const ofConversation = `p.user_id = x.user_id AND p.id = x.conversation_id AND ${inSlice('p.user_id')}`
const ofTurn = `p.user_id = x.user_id AND p.id = x.turn_id AND ${inSlice('p.user_id')}`

/** What is true of receipts, bills, keys and belongings. */
export const accountChecks: readonly Check[] = [
  {
    name: 'receipts',
    proves: 'Every answer that a cluster made has its receipts, and one that it did not make has none.',
    rows: `
      SELECT t.user_id, 'turn' AS subject, t.id::text AS id,
        CASE WHEN g.receipts IS NULL AND a.status = 'done' AND NOT a.cached AND a.category IS NULL
               THEN 'was answered, but no cluster did it'
             WHEN g.receipts IS NOT NULL AND a.status = 'done' AND a.cached
               THEN 'was answered from the cache, and by a cluster'
        END AS problem
      FROM turns t
      JOIN ${messageOf('a', 't', 'message_id')} AND a.turn_id = t.id
      LEFT JOIN (
        SELECT user_id, turn_id, count(*) AS receipts FROM generations WHERE ${inSlice('user_id')} GROUP BY 1, 2
      ) g ON g.user_id = t.user_id AND g.turn_id = t.id
      WHERE ${inSlice('t.user_id')}`,
  },
  {
    name: 'charged-once',
    proves: 'What a cluster did for a turn is charged once, and nothing else is.',
    rows: `
      SELECT t.user_id, 'turn' AS subject, t.id::text AS id,
        CASE WHEN u.charges > 1 THEN 'was charged ' || u.charges || ' times'
             WHEN u.charges IS NULL AND g.turn_id IS NOT NULL THEN 'was not charged'
             WHEN u.charges IS NOT NULL AND g.turn_id IS NULL THEN 'was charged without a receipt'
        END AS problem
      FROM turns t
      LEFT JOIN (
        SELECT DISTINCT user_id, turn_id FROM generations WHERE ${inSlice('user_id')}
      ) g ON g.user_id = t.user_id AND g.turn_id = t.id
      LEFT JOIN (
        SELECT user_id, turn_id, count(*) AS charges
        FROM usage WHERE purpose = 'answer' AND ${inSlice('user_id')} GROUP BY 1, 2
      ) u ON u.user_id = t.user_id AND u.turn_id = t.id
      WHERE ${inSlice('t.user_id')}`,
  },
  {
    name: 'charges-have-turns',
    proves: 'What was charged for is there, as long as its conversation is.',
    rows: `
      SELECT u.user_id, 'turn' AS subject, u.turn_id::text AS id,
        CASE WHEN c.id IS NOT NULL AND t.id IS NULL THEN 'was charged, and is missing' END AS problem
      FROM usage u
      LEFT JOIN ${conversationOf('c', 'u', 'conversation_id')}
      LEFT JOIN ${turnOf('t', 'u', 'turn_id')}
      WHERE u.turn_id IS NOT NULL AND ${inSlice('u.user_id')}`,
  },
  {
    name: 'idempotency-keys',
    proves: 'A request that is repeated finds what the first one made.',
    rows: `
      SELECT k.user_id, 'object' AS subject, k.object_id::text AS id,
        CASE WHEN t.id IS NULL AND c.id IS NULL THEN 'was made under a key, and is missing' END AS problem
      FROM idempotency_keys k
      LEFT JOIN ${turnOf('t', 'k', 'object_id')}
      LEFT JOIN ${conversationOf('c', 'k', 'object_id')}
      WHERE ${inSlice('k.user_id')}`,
  },
  {
    name: 'belongings',
    proves: 'Everything belongs to a user, a conversation or a turn that is there.',
    rows: [
      orphans('conversations', 'conversation', 'x.id::text', 'users', ofUser),
      orphans('messages', 'message', 'x.id::text', 'conversations', ofConversation),
      orphans('turns', 'turn', 'x.id::text', 'conversations', ofConversation),
      orphans('turn_events', 'turn', 'x.turn_id::text', 'turns', ofTurn),
      orphans('generations', 'generation', 'x.id::text', 'turns', ofTurn),
      orphans('usage', 'usage', 'x.id::text', 'users', ofUser),
      orphans('idempotency_keys', 'object', 'x.object_id::text', 'users', ofUser),
      orphans('share_links', 'conversation', 'x.conversation_id::text', 'conversations', ofConversation),
      orphans('api_keys', 'key', 'x.id::text', 'users', ofUser),
      orphans('sessions', 'session', 'x.id::text', 'users', ofUser),
      orphans('accounts', 'account', 'x.id::text', 'users', ofUser),
    ].join(' UNION ALL '),
  },
]
