import { type Check, inSlice, messageOf } from './check.ts'

/**
 * What is true of conversations and their trees, deleted ones included: they can be brought back. Whether a question
 * follows an answer is not looked at: the API lets a caller hang it under any message.
 */
export const treeChecks: readonly Check[] = [
  {
    name: 'trees',
    proves: 'Every message hangs in the tree of its conversation, below an earlier one; every answer below a question.',
    rows: `
      SELECT m.user_id, 'message' AS subject, m.id::text AS id,
        CASE WHEN m.parent_id IS NULL AND m.role = 'assistant' THEN 'is an answer to nothing'
             WHEN m.parent_id IS NULL THEN NULL
             WHEN p.id IS NULL THEN 'its parent is missing'
             WHEN p.position >= m.position THEN 'its parent comes after it'
             WHEN m.role = 'assistant' AND p.role <> 'user' THEN 'is an answer to an answer'
        END AS problem
      FROM messages m
      LEFT JOIN ${messageOf('p', 'm', 'parent_id')}
      WHERE ${inSlice('m.user_id')}`,
  },
  {
    name: 'positions',
    proves: 'The messages of a conversation are numbered from 1 to its last position, and none is missing.',
    rows: `
      SELECT c.user_id, 'conversation' AS subject, c.id::text AS id,
        CASE WHEN c.last_position < coalesce(m.last, 0) THEN 'has a message beyond its last position'
             WHEN c.last_position > coalesce(m.messages, 0)
               THEN 'lacks ' || c.last_position - coalesce(m.messages, 0) || ' messages'
             WHEN m.first < 1 THEN 'has a message before its first position'
        END AS problem
      FROM conversations c
      LEFT JOIN (
        SELECT user_id, conversation_id, count(*) AS messages, min(position) AS first, max(position) AS last
        FROM messages WHERE ${inSlice('user_id')} GROUP BY 1, 2
      ) m ON m.user_id = c.user_id AND m.conversation_id = c.id
      WHERE ${inSlice('c.user_id')}`,
  },
  {
    name: 'heads',
    proves: 'A conversation opens at a message that it has.',
    rows: `
      SELECT c.user_id, 'conversation' AS subject, c.id::text AS id,
        CASE WHEN c.head_id IS NULL AND c.last_position > 0 THEN 'has messages and no head'
             WHEN c.head_id IS NOT NULL AND h.id IS NULL THEN 'its head is missing'
        END AS problem
      FROM conversations c
      LEFT JOIN messages h
        ON ${inSlice('h.user_id')} AND h.user_id = c.user_id AND h.conversation_id = c.id AND h.id = c.head_id
      WHERE ${inSlice('c.user_id')}`,
  },
  {
    name: 'open-answers',
    proves: 'A conversation knows exactly which of its answers are open, so that nothing waits for ever.',
    rows: `
      SELECT c.user_id, 'conversation' AS subject, c.id::text AS id,
        CASE WHEN coalesce(o.ids, '{}')
                  <> (SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM unnest(c.open_message_ids) id)
             THEN 'holds for open: ' || cardinality(c.open_message_ids) || ' answers, of which open are: '
                  || coalesce(cardinality(o.ids), 0)
        END AS problem
      FROM conversations c
      LEFT JOIN (
        SELECT user_id, conversation_id, array_agg(id ORDER BY id) AS ids
        FROM messages WHERE status IN ('queued', 'running') AND ${inSlice('user_id')} GROUP BY 1, 2
      ) o ON o.user_id = c.user_id AND o.conversation_id = c.id
      WHERE ${inSlice('c.user_id')}`,
  },
]
