import type pg from 'pg'
import { adminKey, type ParleyServer } from '../parley-server.ts'
import type { BenchPostgres } from './bench-postgres.ts'
import { captureStatements } from './capture-statements.ts'
import { conversationId } from './data-set.ts'
import { type PgbenchScript, writeScript } from './pgbench-script.ts'

/** Has the server run two turns, each alone, and makes pgbench's script of what it sent. */
export async function captureScript(
  { superuser, logFolder, connection }: BenchPostgres,
  { url }: ParleyServer,
  database: pg.Client,
  conversationsPerClient: number,
): Promise<PgbenchScript> {
  // Where a statement came too late to be seen, or the log of running turns was just flushed: once more.
  for (let tries = 0; tries < mostTries; tries++) {
    const ids = [conversationId(tries * 2 + 1), conversationId(tries * 2 + 2)] as const
    const [first = [], second = []] = await captureStatements(
      { superuser, logFolder, database: connection.database },
      ids.map(id => () => runTurn(url, id)),
    )
    const turns = [
      { conversationId: ids[0], statements: first },
      { conversationId: ids[1], statements: second },
    ] as const
    const script = await writeScript(database, turns, conversationsPerClient, Date.now())
    if (script !== undefined) return script
  }
  throw new Error(`Two turns never sent the same statements, ${mostTries} times.`)
}

const mostTries = 20

/** What a turn does behind its answer is sent before the look at another conversation, which both turns share. */
async function runTurn(url: string, conversation: string): Promise<void> {
  const content = `What do you think of ${conversation.slice(-4)}?`
  await call('POST', `${url}/api/v1/conversations/${conversation}/messages`, { content })
  await call('GET', `${url}/api/v1/conversations/${conversationId(0)}`)
}

async function call(method: string, url: string, body?: object): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${adminKey}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`)
}
