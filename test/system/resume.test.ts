import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AcceptedTurn, Conversation, Message } from '#protocol'
import { countTo, startCountingCluster } from '../support/counting-cluster.ts'
import { fileScope, startServer, until } from '../support/server.ts'
import { followTurn, readEvents, showTurn } from '../support/turn-reader.ts'

const scope = fileScope()
const cluster = await startCountingCluster(scope, 2)
const server = await startServer(scope, { yaml: cluster.yaml })

const turns = 2_000
const atOnce = 60

async function newConversation(): Promise<string> {
  return Conversation.parse((await server.api('POST', '/conversations', {})).body).id
}

/** On a machine that does other things, too; alone it takes half a minute. */
const busyMs = 300_000

test(`${turns} turns whose readers disconnect at random and resume by Last-Event-ID or follow show exactly the stored text`, {
  timeout: busyMs,
}, async () => {
  let begun = 0
  let cuts = 0
  let follows = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (begun < turns) {
        begun += 1
        const last = 1 + Math.floor(Math.random() * 60)
        const path = `${server.url}/api/v1/conversations/${await newConversation()}/messages`
        const shown = showTurn()
        const randomCut = () => 1 + Math.floor(Math.random() * Math.min(last, 6))
        const body = { content: `count to ${last}` }
        await readEvents(path, shown, { method: 'POST', body, cutAfter: randomCut() })
        while (shown.end === undefined) {
          cuts += 1
          const cutAfter = Math.random() < 0.7 ? randomCut() : Number.POSITIVE_INFINITY
          if (Math.random() < 0.5) {
            await followTurn(server.url, shown, cutAfter)
            follows += 1
          } else {
            const headers = { 'last-event-id': String(shown.seq) }
            const path = `${server.url}/api/v1/turns/${shown.turnId}/events`
            assert.equal(await readEvents(path, shown, { headers, cutAfter }), 200)
          }
        }
        assert.equal(shown.text, countTo(last))
        assert.equal(shown.end.type === 'done' && shown.end.message.content, shown.text)
      }
    }),
  )
  assert.ok(cuts > turns / 2 && follows > turns / 4, `${cuts} resumes, ${follows} of them by follow`)
})

test('asked past the end of an ended turn, the answer is 204; asked from the start, start, snapshot, done', async () => {
  const id = await newConversation()
  const shown = showTurn()
  const path = `${server.url}/api/v1/conversations/${id}/messages`
  await readEvents(path, shown, { method: 'POST', body: { content: 'count to 5' } })
  const events = `${server.url}/api/v1/turns/${shown.turnId}/events`
  assert.equal(await readEvents(`${events}?after=${shown.seq}`, showTurn()), 204)
  const again = showTurn()
  assert.equal(await readEvents(events, again), 200)
  assert.deepEqual([again.text, again.seq, again.end], [countTo(5), shown.seq, shown.end])
  assert.equal((await server.api('GET', `/turns/${shown.turnId}/events?after=-1`)).status, 422)
})

test('a reader on another device sees the same, live', async () => {
  const path = `${server.url}/api/v1/conversations/${await newConversation()}/messages`
  const [first, second] = [showTurn(), showTurn()]
  const reading = readEvents(path, first, { method: 'POST', body: { content: 'count to 40' } })
  while (first.turnId === '') await new Promise(setImmediate)
  await readEvents(`${server.url}/api/v1/turns/${first.turnId}/events`, second)
  await reading
  assert.deepEqual([second.text, second.seq], [first.text, first.seq])
})

test('a message sent while an answer runs is queued, says its place, and is answered after it', async () => {
  const path = `${server.url}/api/v1/conversations/${await newConversation()}/messages`
  const [first, second] = [showTurn(), showTurn()]
  const reading = readEvents(path, first, { method: 'POST', body: { content: 'count to 100' } })
  while (first.turnId === '') await new Promise(setImmediate)
  await readEvents(path, second, { method: 'POST', body: { content: 'count to 2' } })
  await reading
  assert.equal(second.text, countTo(2))
  assert.ok((first.growth.at(-1)?.at ?? 0) < (second.growth[0]?.at ?? 0))
})

test('stop ends a turn before its first token, in its middle and in the queue, and keeps the text so far', async () => {
  const path = `${server.url}/api/v1/conversations/${await newConversation()}/messages`
  const stop = async (turnId: string) => server.api('POST', `/turns/${turnId}/stop`)
  const receipt = async (content: string) => {
    const answer = await server.api(
      'POST',
      path.slice(path.indexOf('/conversations')),
      { content },
      { prefer: 'respond-async' },
    )
    assert.equal(answer.status, 202, answer.text)
    return answer.body as { turn_id: string; message_id: string }
  }
  const silent = await receipt('count to 9 every 60000 ms')
  const queued = await receipt('count to 9')
  assert.match((await stop(queued.turn_id)).text, /"status":"stopped"/)
  assert.match((await stop(silent.turn_id)).text, /"status":"stopped"/)
  const shown = showTurn()
  const reading = readEvents(path, shown, { method: 'POST', body: { content: 'count to 5000' } })
  while (shown.text.length < 30) await new Promise(setImmediate)
  const stopped = await stop(shown.turnId)
  assert.match(stopped.text, /"status":"stopped"/)
  await reading
  const end = shown.end
  assert.ok(end?.type === 'done' && end.finish_reason === 'stopped')
  assert.equal(end.message.content, shown.text)
  assert.ok(countTo(5_000).startsWith(shown.text))
  await until('the cluster sees its sockets closed', () => cluster.open === 0)
  assert.match((await stop(shown.turnId)).text, /"status":"stopped"/)
})

test('a stopped answer is continued by a new turn on the same message, which shows the whole text', async () => {
  const path = `${server.url}/api/v1/conversations/${await newConversation()}/messages`
  const first = showTurn()
  const reading = readEvents(path, first, { method: 'POST', body: { content: 'count to 300' } })
  while (first.text.length < 50) await new Promise(setImmediate)
  await server.api('POST', `/turns/${first.turnId}/stop`)
  await reading
  const second = showTurn()
  await readEvents(`${server.url}/api/v1/turns/${first.turnId}/continue`, second, { method: 'POST', body: {} })
  assert.equal(second.text, countTo(300))
  assert.notEqual(second.turnId, first.turnId)
  assert.ok(first.end?.type === 'done' && second.end?.type === 'done')
  assert.equal(second.end.message.id, first.end.message.id)
  assert.equal((await server.api('POST', `/turns/${second.turnId}/continue`, {})).status, 400)
})

test('a regenerated answer stands beside the first', async () => {
  const id = await newConversation()
  const first = Message.parse(
    (await server.api('POST', `/conversations/${id}/messages`, { content: 'count to 3' })).body,
  )
  const again = await server.api('POST', `/conversations/${id}/messages/${first.id}/regenerate`, {})
  const second = Message.parse(again.body)
  assert.deepEqual([second.parent_id, second.content], [first.parent_id, first.content])
  assert.notEqual(second.id, first.id)
})

test('a request sent again under its Idempotency-Key makes nothing new; another request under it is refused', async () => {
  const headers = { 'idempotency-key': 'once' }
  const id = Conversation.parse((await server.api('POST', '/conversations', { title: 'a' }, headers)).body).id
  assert.equal(Conversation.parse((await server.api('POST', '/conversations', { title: 'a' }, headers)).body).id, id)
  assert.equal((await server.api('POST', '/conversations', { title: 'b' }, headers)).status, 409)
  const path = `/conversations/${id}/messages`
  const sends = Array.from({ length: 5 }, () =>
    server.api('POST', path, { content: 'count to 4' }, { 'idempotency-key': 'message' }),
  )
  const answers = (await Promise.all(sends)).map(answer => Message.parse(answer.body).id)
  assert.equal(new Set(answers).size, 1)
  assert.equal((await server.api('POST', path, { content: 'other' }, { 'idempotency-key': 'message' })).status, 409)
  assert.equal((await server.api('POST', path, { content: 'x' }, { 'idempotency-key': 'k'.repeat(256) })).status, 422)

  const async = { 'idempotency-key': 'running', prefer: 'respond-async' }
  const { turn_id } = AcceptedTurn.parse((await server.api('POST', path, { content: 'count to 300' }, async)).body)
  assert.equal((await server.api('POST', `/turns/${turn_id}/continue`, {}, async)).status, 409, 'while it runs, too')
})
