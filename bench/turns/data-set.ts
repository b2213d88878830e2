import type pg from 'pg'

/** Conversations of the one user, each with a title, a question and its answer. */
export const conversationCount = 20_000

/** The id of one of them: digits alone stand at its end, so that it can be counted where nothing knows hexadecimals. */
export const conversationId = (index: number): string => `01990000-0000-7000-8001-${String(index).padStart(12, '0')}`

/** The same id is this, and behind it `conversationIdStart` + `index`. */
export const conversationIdPrefix = '0199000000007000800'
export const conversationIdStart = 1_000_000_000_000

/** Fills a database that a server has migrated, and in which it has made its administrator: the only user. */
export async function seed(client: pg.Client): Promise<void> {
  const idSql = (prefix: string) => `('${prefix}' || ${conversationIdStart} + i)::uuid`
  const [question, answer] = [idSql('0199000000007000900'), idSql('0199000000007000a00')]
  const conversation = idSql(conversationIdPrefix)
  const rows = `FROM users u, generate_series(0, ${conversationCount - 1}) i`
  await client.query(`
    INSERT INTO conversations (user_id, id, title, model, head_id, last_position)
    SELECT u.id, ${conversation}, 'Benchmark ' || i, 'bench', ${answer}, 2 ${rows}`)
  await client.query(`
    INSERT INTO messages (user_id, conversation_id, id, position, parent_id, role, content, status)
    SELECT u.id, ${conversation}, ${question}, 1, NULL, 'user', 'What was the question ' || i || '?', 'done' ${rows}`)
  await client.query(`
    INSERT INTO messages (user_id, conversation_id, id, position, parent_id, role, content, model, status, finish_reason)
    SELECT u.id, ${conversation}, ${answer}, 2, ${question}, 'assistant', 'That was it.', 'bench', 'done', 'stop' ${rows}`)
  await client.query('VACUUM ANALYZE')
}
