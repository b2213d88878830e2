/** Everyday calls of a client, whose answers are held against the schemas that the API is described with. */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { Conversation, type FaultCode, Message, MessagePage, Problem } from '#protocol'
import type { TestDatabase } from '../support/database.ts'
import { type Answer, adminKey, type RunningServer } from '../support/server.ts'

export type Api = Pick<RunningServer, 'api'>

/** Creates a conversation. */
export async function newConversation({ api }: Api, body: object = {}): Promise<Conversation> {
  const answer = await api('POST', '/conversations', body)
  assert.equal(answer.status, 201, answer.text)
  return Conversation.parse(answer.body)
}

/** Sends a message and waits for its answer. */
export async function say({ api }: Api, conversationId: string, content: string, more: object = {}): Promise<Message> {
  const answer = await api('POST', `/conversations/${conversationId}/messages`, { content, ...more })
  assert.equal(answer.status, 200, answer.text)
  return Message.parse(answer.body)
}

/** The first page of a conversation's tree, oldest first. */
export async function messagesOf({ api }: Api, conversationId: string): Promise<readonly Message[]> {
  const answer = await api('GET', `/conversations/${conversationId}/messages?limit=100`)
  assert.equal(answer.status, 200, answer.text)
  return MessagePage.parse(answer.body).data
}

/** The problem that a call was answered with, after a check of everything that all problems promise. */
export function problemOf(answer: Answer, status: number, code: FaultCode): Problem {
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  const problem = Problem.parse(answer.body)
  assert.equal(problem.code, code)
  assert.equal(problem.status, status)
  assert.equal(answer.headers.get('x-request-id'), problem.request_id)
  assert.match(problem.detail, /^\S.*/)
  if (status === 503 || status === 429) assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
  return problem
}

/** A user beside the admin, put into the database, and the API as they see it. */
export async function addUser({ api }: Api, database: TestDatabase): Promise<Api> {
  const key = `system-test-key-${randomUUID()}`
  const hash = createHash('sha256').update(key).digest()
  const [user] = await database.query<{ id: string }>(
    "INSERT INTO users (name, email) VALUES ('Grace', $1) RETURNING id",
    [`${randomUUID()}@example.com`],
  )
  await database.query("INSERT INTO api_keys (id, user_id, name, hash, prefix) VALUES ($1, $2, 'test', $3, 'syst')", [
    randomUUID(),
    user?.id,
    hash,
  ])
  return {
    api: (method, path, body, headers) => api(method, path, body, { authorization: `Bearer ${key}`, ...headers }),
  }
}

/** Reads an admin's turn as it comes; what has come so far stands in `text`. */
export function readTurn({ url }: Pick<RunningServer, 'url'>, turnId: string): { readonly text: string } {
  const read = { text: '' }
  void (async () => {
    const headers = { authorization: `Bearer ${adminKey}` }
    const response = await fetch(`${url}/api/v1/turns/${turnId}/events`, { headers })
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) read.text += piece
  })().catch(() => {}) // the server may be ended before
  return read
}
