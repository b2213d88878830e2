import { after, before } from 'node:test'
import { newId } from '#kit'
import type { NewTurn, OwnerStore, StartTerms, Store, TurnEnd } from '#store'
import { createTestStore, type TestDatabase } from './database.ts'

/** A store on a database of its own for one test file, with a user, a live worker, and short ways to make things. */
export interface StoreFixture {
  readonly store: Store
  readonly userId: string
  readonly database: TestDatabase
  /** Holds a lease. */
  readonly worker: string
  readonly turns: OwnerStore['turns']
  newConversation(owner?: string): Promise<string>
  newUser(name: string): Promise<string>
  /** A turn owned by `worker`, at the conversation's head. */
  newTurn(conversationId: string, fields?: Partial<NewTurn>): NewTurn
  statusOf(turn: NewTurn): Promise<string | undefined>
  /** A worker with a lease. */
  newWorker(): Promise<string>
  /** Lets its lease run out. */
  die(worker: string): Promise<void>
}

/** To be called at the top of a test file; what it returns may be used inside tests. */
export function storeFixture(): StoreFixture {
  const worker = newId()
  let made: Awaited<ReturnType<typeof createTestStore>>
  before(async () => {
    made = await createTestStore()
    await made.store.workers.renew(worker, 'test', 'http://127.0.0.1:1')
    await made.store.sweep.prepareUsagePartitions(new Date())
  })
  after(async () => {
    await made.store.close()
    await made.database.drop()
  })
  return {
    get store() {
      return made.store
    },
    get userId() {
      return made.userId
    },
    get database() {
      return made.database
    },
    worker,
    get turns() {
      return made.store.of(made.userId).turns
    },
    async newConversation(owner = made.userId) {
      const id = newId()
      const fields = { title: null, model: 'm', systemPrompt: null, projectId: null, expiresAt: null }
      await made.store.of(owner).conversations.create({ id, ...fields }, undefined)
      return id
    },
    newUser: name => made.store.directory.createAdmin({ name, email: `${name}@example.com`, passwordHash: null }),
    newTurn(conversationId, fields = {}) {
      const ids = { turnId: newId(), userMessageId: newId(), answerId: newId(), conversationId }
      const asked = {
        parentId: undefined,
        content: 'Hi',
        model: 'm',
        temperature: 0.5,
        maxTokens: undefined,
        title: 'Hi',
      }
      return { ...ids, ...asked, start: ownedBy(worker), ...fields }
    },
    async newWorker() {
      const id = newId()
      await made.store.workers.renew(id, 'test', 'http://127.0.0.1:1')
      return id
    },
    async die(id) {
      await made.database.query("UPDATE workers SET expires_at = now() - interval '1 s' WHERE id = $1", [id])
    },
    statusOf: async turn => (await made.store.of(made.userId).turns.get(turn.turnId))?.status,
  }
}

export const ownedBy = (owner: string): StartTerms => ({
  owner,
  mostOpen: 0,
  idempotency: undefined,
  interactive: false,
})

/** A turn's end with an answer, in every respect an ordinary one. */
export const endOf = (turn: NewTurn, fields: Partial<TurnEnd> = {}): TurnEnd => ({
  turnId: turn.turnId,
  epoch: 1,
  status: 'done',
  finishReason: 'stop',
  content: 'Hello!',
  tokens: 2,
  fault: null,
  servedBy: { cluster: 'a', model: 'm' },
  cached: false,
  refused: null,
  generations: [
    {
      id: newId(),
      cluster: 'a',
      model: 'm',
      reasons: {
        policy: 'test',
        attempt: 1,
        candidates: 1,
        score: 0,
        first_token_ms: 0,
        uncached_tokens: 0,
        lateness: 1,
      },
      inputTokens: 1,
      cachedTokens: 0,
      outputTokens: 2,
      firstTokenMs: 5,
      latencyMs: 9,
      wentOnAt: null,
      outcome: 'complete',
    },
  ],
  lastSeq: 5,
  usageId: newId(),
  ...fields,
})
