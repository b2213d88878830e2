import { mostTakeovers, seqLeap } from '../take-over.ts'
import { unansweredBecause } from '../unanswered-turns.ts'
import { type Check, inSlice, messageOf, turnOf } from './check.ts'

/** What is true of turns: that none is lost, and that each is in a state that some statement of ours can have left. */
export const turnChecks = (deadlineMs: number): readonly Check[] => [
  {
    name: 'answered',
    proves: 'Every accepted message has an outcome, or a living server works on it within its time.',
    rows: `
      SELECT t.user_id, 'turn' AS subject, t.id::text AS id, ${unansweredBecause(String(deadlineMs))} AS problem
      FROM turns t WHERE ${inSlice('t.user_id')}`,
  },
  {
    name: 'turns-have-messages',
    proves: 'Every turn has its question and its answer, the one below the other.',
    rows: `
      SELECT t.user_id, 'turn' AS subject, t.id::text AS id,
        CASE WHEN q.id IS NULL THEN 'its question is missing'
             WHEN q.role <> 'user' THEN 'its question is no question'
             WHEN a.id IS NULL THEN 'its answer is missing'
             WHEN a.role <> 'assistant' THEN 'its answer is no answer'
             WHEN a.parent_id IS DISTINCT FROM t.user_message_id THEN 'its answer stands under something else'
        END AS problem
      FROM turns t
      LEFT JOIN ${messageOf('q', 't', 'user_message_id')}
      LEFT JOIN ${messageOf('a', 't', 'message_id')}
      WHERE ${inSlice('t.user_id')}`,
  },
  {
    name: 'messages-have-turns',
    proves: 'Every question was accepted as a turn, and every answer is the work of one.',
    rows: `
      SELECT m.user_id, 'message' AS subject, m.id::text AS id,
        CASE WHEN t.id IS NULL THEN 'has no turn'
             WHEN t.conversation_id <> m.conversation_id THEN 'has a turn of another conversation'
             WHEN m.id <> CASE m.role WHEN 'user' THEN t.user_message_id ELSE t.message_id END
               THEN 'has the turn of another message'
             WHEN m.role = 'user' AND m.status <> 'done' THEN 'is a question with the status ' || m.status
        END AS problem
      FROM messages m
      LEFT JOIN ${turnOf('t', 'm', 'turn_id')}
      WHERE m.role IN ('user', 'assistant') AND ${inSlice('m.user_id')}`,
  },
  {
    name: 'outcomes-agree',
    proves: 'A turn and its answer tell the same outcome.',
    rows: `
      SELECT t.user_id, 'turn' AS subject, t.id::text AS id,
        CASE WHEN a.turn_id = t.id AND a.status <> t.status
               THEN 'is ' || t.status || ', its answer ' || a.status
             WHEN a.turn_id <> t.id AND t.status IN ('queued', 'running')
               THEN 'is ' || t.status || ', and its answer is the work of another turn'
        END AS problem
      FROM turns t
      JOIN ${messageOf('a', 't', 'message_id')}
      WHERE ${inSlice('t.user_id')}`,
  },
  {
    name: 'states',
    proves: 'Every turn has what its status needs: a start, an end, a reason to wait or to have failed.',
    rows: `
      SELECT t.user_id, 'turn' AS subject, t.id::text AS id,
        CASE WHEN t.status IN ('queued', 'running') AND t.ended_at IS NOT NULL THEN 'is open and has ended'
             WHEN t.status NOT IN ('queued', 'running') AND t.ended_at IS NULL THEN 'has ended at no time'
             WHEN t.status = 'running' AND t.started_at IS NULL THEN 'runs and has not started'
             WHEN t.status = 'queued' AND t.started_at IS NOT NULL THEN 'waits and has started'
             WHEN t.status = 'queued' AND t.owner IS NOT NULL THEN 'waits and has an owner'
             WHEN t.status = 'queued' AND t.waits_for IS NULL THEN 'waits for nothing'
             WHEN t.status = 'failed' AND t.fault_code IS NULL THEN 'failed for no reason'
        END AS problem
      FROM turns t WHERE ${inSlice('t.user_id')}`,
  },
  {
    name: 'epochs',
    proves: 'Epochs, takeovers and event numbers rose together, so that no stalled server could write late.',
    rows: `
      SELECT t.user_id, 'turn' AS subject, t.id::text AS id,
        CASE WHEN t.takeovers NOT BETWEEN 0 AND ${mostTakeovers} THEN 'was taken over ' || t.takeovers || ' times'
             WHEN t.epoch < 1 + t.takeovers THEN 'has fewer epochs than takeovers'
             WHEN t.last_seq < (t.epoch - 1) * ${seqLeap}::bigint THEN 'has event numbers of an earlier epoch'
             WHEN t.status = 'queued' AND (t.epoch <> 1 OR t.last_seq <> 0) THEN 'waits and has run'
             WHEN t.status = 'running' AND t.epoch = 1 AND t.last_seq <> 0 THEN 'runs and has a last event'
             WHEN t.status NOT IN ('queued', 'running') AND t.last_seq < 2 THEN 'has ended without an event'
        END AS problem
      FROM turns t WHERE ${inSlice('t.user_id')}`,
  },
  {
    name: 'queue',
    proves: 'Whatever waits, or waited, does so for an earlier answer of its conversation.',
    rows: `
      SELECT t.user_id, 'turn' AS subject, t.id::text AS id,
        CASE WHEN p.id IS NULL THEN 'waits for an answer that is missing'
             WHEN p.role <> 'assistant' THEN 'waits for a question'
             WHEN p.position >= a.position THEN 'waits for a later answer'
        END AS problem
      FROM turns t
      LEFT JOIN ${messageOf('p', 't', 'waits_for')}
      LEFT JOIN ${messageOf('a', 't', 'message_id')}
      WHERE t.waits_for IS NOT NULL AND ${inSlice('t.user_id')}`,
  },
]
