import { randomUUID } from 'node:crypto'
import { AcceptedTurn, Conversation } from '#protocol'
import type { TestDatabase } from '../database.ts'
import { adminKey, type RunningServer } from '../server.ts'
import { describedRoutes } from './described-routes.ts'
import type { Target, World } from './hostile-input.ts'

/** What another user wrote: no answer to the fuzz may hold it. */
export const strangersText = 'canary-of-a-stranger'

/** Makes what the fuzz works on: conversations with an answer in each, and one of another user. */
export async function makeWorld(server: RunningServer, database: TestDatabase): Promise<World> {
  const description = await (await fetch(`${server.url}/openapi.json`)).json()
  const make = (count: number) => Promise.all(Array.from({ length: count }, () => makeTarget(server)))
  return {
    host: new URL(server.url).host,
    key: adminKey,
    routes: describedRoutes(description, validFields),
    own: await make(48),
    doomed: await make(8),
    strange: await plantStranger(database),
  }
}

/** Values that are accepted, and lead to a turn where a route begins one. */
const validFields = {
  model: 'gpt-4',
  content: 'Hello',
  title: 'A title',
  system_prompt: 'Be brief',
  parent_id: null,
  project_id: null,
  temperature: 0.5,
  max_tokens: 100,
  value: 1,
  comment: 'Fine',
}

async function makeTarget(server: RunningServer): Promise<Target> {
  const { id } = Conversation.parse((await server.api('POST', '/conversations', {})).body)
  const path = `/conversations/${id}/messages`
  const sent = await server.api('POST', path, { content: 'Hello' }, { prefer: 'respond-async' })
  const { message_id, turn_id } = AcceptedTurn.parse(sent.body)
  return { conversation: id, message: message_id, turn: turn_id }
}

async function plantStranger(database: TestDatabase): Promise<Target> {
  const target = { conversation: randomUUID(), message: randomUUID(), turn: randomUUID() }
  const [user] = await database.query<{ id: string }>(
    // The fuzz has an admin's key, to whom names are shown.
    "INSERT INTO users (name, email) VALUES ('Stranger', 'stranger@example.com') RETURNING id",
  )
  await database.query(
    'INSERT INTO conversations (user_id, id, title, model, system_prompt) VALUES ($1, $2, $3, $4, $3)',
    [user?.id, target.conversation, strangersText, 'gpt-4'],
  )
  await database.query(
    `INSERT INTO messages (user_id, conversation_id, id, position, role, content, status)
     VALUES ($1, $2, $3, 1, 'assistant', $4, 'done')`,
    [user?.id, target.conversation, target.message, strangersText],
  )
  return target
}
