import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutbox, type Outgoing, type Receipt } from './outbox.ts'

/** A server in the test's hands: what was sent, and how each is answered. */
function serverInHand() {
  const sent: { message: Outgoing; store: (receipt?: Partial<Receipt>) => void; refuse: (status: number) => void }[] =
    []
  const send = (message: Outgoing, onConversation: (id: string) => void) =>
    new Promise<Receipt>((resolve, reject) => {
      const conversationId = message.conversationId ?? `made by ${message.key}`
      sent.push({
        message,
        store(receipt) {
          onConversation(conversationId)
          resolve({ conversationId, answerId: `answer to ${message.key}`, ...receipt })
        },
        refuse: status => reject(Object.assign(new Error('no'), { status })),
      })
    })
  return { sent, send }
}

function memory() {
  const kept = new Map<string, string>()
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    key: (index: number) => [...kept.keys()][index] ?? null,
    get length() {
      return kept.size
    },
  }
}

const message = (key: string, chat = 'chat', conversationId?: string) => ({
  key,
  chat,
  conversationId,
  content: key,
  parentId: undefined,
  model: undefined,
})
const settled = () => new Promise<void>(resolve => setImmediate(resolve))
const keys = (messages: readonly { message: Outgoing }[]) => messages.map(one => one.message.key)

test('two messages of a new chat go one after the other, into one conversation, the second below the first answer', async () => {
  const { sent, send } = serverInHand()
  const outbox = createOutbox({ send, storage: memory() })
  outbox.open('1')
  outbox.put(message('first'))
  outbox.put(message('second'))
  await settled()
  assert.deepEqual(keys(sent), ['first'])
  sent[0]?.store()
  await settled()
  assert.deepEqual(keys(sent), ['first', 'second'])
  assert.equal(sent[1]?.message.conversationId, 'made by first')
  assert.equal(sent[1]?.message.parentId, 'answer to first')
  sent[1]?.store()
  await settled()
  assert.deepEqual(outbox.all(), [])
})

test('three messages that waited go one below the other, never two below the same answer', async () => {
  const { sent, send } = serverInHand()
  const outbox = createOutbox({ send, storage: memory() })
  outbox.open('1')
  for (const key of ['first', 'second', 'third']) outbox.put(message(key))
  for (const place of [0, 1, 2]) {
    await settled()
    sent[place]?.store()
  }
  await settled()
  const parents = sent.map(one => one.message.parentId)
  assert.deepEqual(parents, [undefined, 'answer to first', 'answer to second'])
})

test('tabs of one browser keep their own messages, in one order, and none sends what another one discarded', async () => {
  const storage = memory()
  const [here, there] = [serverInHand(), serverInHand()]
  let tell = (_entry: string) => {}
  const first = createOutbox({ send: here.send, storage })
  const second = createOutbox({
    send: there.send,
    storage,
    onRemovedElsewhere(listener) {
      tell = listener
    },
  })
  first.open('1')
  first.put(message('waits', 'chat', 'c'))
  await settled()
  here.sent[0]?.refuse(429)
  await settled()
  second.open('1')
  await settled()
  assert.deepEqual(keys(there.sent), ['waits'])
  there.sent[0]?.refuse(429)
  second.put(message('goes', 'other', 'o'))
  await settled()
  there.sent[1]?.store()
  await settled()
  assert.equal(storage.kept.size, 1)

  const [entry = ''] = storage.kept.keys()
  second.put(message('behind', 'chat', 'c'))
  await settled()
  there.sent[2]?.refuse(429)
  await settled()
  first.discard('waits')
  tell(entry)
  await settled()
  assert.deepEqual(keys(there.sent), ['waits', 'goes', 'waits', 'behind'])

  const later = serverInHand()
  createOutbox({ send: later.send, storage }).open('1')
  await settled()
  assert.deepEqual(keys(later.sent), ['behind'])
})

test('chats do not wait for one another', async () => {
  const { sent, send } = serverInHand()
  const outbox = createOutbox({ send, storage: memory() })
  outbox.open('1')
  outbox.put(message('here', 'a', 'a'))
  outbox.put(message('there', 'b', 'b'))
  await settled()
  assert.deepEqual(keys(sent), ['here', 'there'])
})

test('what was not acknowledged outlives the page, and is sent again under its key when the person is back', async () => {
  const storage = memory()
  const before = serverInHand()
  const first = createOutbox({ send: before.send, storage })
  first.open('1')
  first.put(message('kept', 'chat', 'c'))
  await settled()

  const stranger = serverInHand()
  createOutbox({ send: stranger.send, storage }).open('2')
  await settled()
  assert.deepEqual(keys(stranger.sent), [])

  const after = serverInHand()
  const second = createOutbox({ send: after.send, storage })
  second.open('1')
  await settled()
  assert.deepEqual(keys(after.sent), ['kept'])
  after.sent[0]?.store()
  await settled()
  assert.equal(storage.kept.size, 0)
})

test('what waits behind a message that is taken back stands where that one would have stood', async () => {
  const { sent, send } = serverInHand()
  const outbox = createOutbox({ send, storage: memory() })
  outbox.open('1')
  outbox.put({ ...message('first', 'chat', 'c'), parentId: 'an older version' })
  outbox.put(message('second', 'chat', 'c'))
  await settled()
  sent[0]?.refuse(422)
  await settled()
  outbox.discard('first')
  await settled()
  assert.equal(sent[1]?.message.parentId, 'an older version')
})

test('taking back another version changes nothing of what waits before it', async () => {
  const { sent, send } = serverInHand()
  const outbox = createOutbox({ send, storage: memory() })
  outbox.open('1')
  outbox.put(message('first', 'chat', 'c'))
  outbox.put({ ...message('version', 'chat', 'c'), parentId: 'an older message' })
  await settled()
  sent[0]?.refuse(503)
  await settled()
  outbox.discard('version')
  assert.equal(outbox.all()[0]?.parentId, undefined)
})

test('what another tab has sent leaves what waits behind it where it stands', async () => {
  const { sent, send } = serverInHand()
  let removedElsewhere = (_entry: string) => {}
  const storage = memory()
  const outbox = createOutbox({ send, storage, onRemovedElsewhere: told => (removedElsewhere = told) })
  outbox.open('1')
  outbox.put({ ...message('first', 'chat', 'c'), parentId: 'an older message' })
  outbox.put(message('second', 'chat', 'c'))
  await settled()
  sent[0]?.refuse(503)
  await settled()
  removedElsewhere('parley.outbox.1.first')
  assert.deepEqual(
    outbox.all().map(({ key, parentId }) => [key, parentId]),
    [['second', undefined]],
  )
})

test('a refused message stays with its reason and holds those behind it, until it is tried again or taken back', async () => {
  const { sent, send } = serverInHand()
  const outbox = createOutbox({ send, storage: memory() })
  outbox.open('1')
  outbox.put(message('bad', 'chat', 'c'))
  outbox.put(message('good', 'chat', 'c'))
  await settled()
  sent[0]?.refuse(422)
  await settled()
  assert.equal(outbox.all()[0]?.error?.status, 422)
  const [refused] = outbox.all()
  assert.ok(refused)
  outbox.retry(refused, 'another')
  await settled()
  assert.deepEqual(keys(sent), ['bad', 'bad'])
  assert.equal(sent[1]?.message.model, 'another')
  sent[1]?.refuse(422)
  await settled()
  outbox.discard('bad')
  await settled()
  assert.deepEqual(keys(sent), ['bad', 'bad', 'good'])
})

test('while the server is away it is tried again by itself', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { sent, send } = serverInHand()
  const outbox = createOutbox({ send, storage: memory() })
  outbox.open('1')
  outbox.put(message('patient', 'chat', 'c'))
  await settled()
  sent[0]?.refuse(0)
  await settled()
  t.mock.timers.tick(5_000)
  await settled()
  assert.deepEqual(keys(sent), ['patient', 'patient'])
})

test('however often it is woken while the server is away, it asks once in a while', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { sent, send } = serverInHand()
  const outbox = createOutbox({ send, storage: memory() })
  outbox.open('1')
  outbox.put(message('patient', 'chat', 'c'))
  for (const place of [0, 1, 2]) {
    await settled()
    sent[place]?.refuse(503)
    await settled()
    if (place < 2) outbox.wake()
  }
  t.mock.timers.tick(5_000)
  await settled()
  sent[3]?.refuse(503)
  await settled()
  t.mock.timers.tick(4_999)
  await settled()
  assert.equal(sent.length, 4)
})
