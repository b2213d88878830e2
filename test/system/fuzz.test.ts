/** Twenty thousand hostile inputs to one real server: whatever is sent, it answers as the contract says, and lives on. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { before, test } from 'node:test'
import { Conversation, Message, MessagePage } from '#protocol'
import { describeComplaints, fuzzRun, runAll } from '../support/fuzz/fuzz-run.ts'
import { strangersText } from '../support/fuzz/fuzz-world.ts'
import { type FuzzedServer, startFuzzedServer } from '../support/fuzz/fuzzed-server.ts'
import { hostileHttp } from '../support/fuzz/hostile-http.ts'
import { judge } from '../support/fuzz/judge-answer.ts'
import { sendInput } from '../support/fuzz/send-input.ts'
import { atEnd, fileScope, until } from '../support/server.ts'

const file = fileScope()
const run = fuzzRun(20_000)
const atOnce = 32
let fuzzed: FuzzedServer

before(async () => {
  fuzzed = await startFuzzedServer(file)
})

test(`${run.inputs.length} hostile inputs are each answered or refused within 5 s, without a word too much`, async t => {
  t.diagnostic(`seed ${run.seed}`)
  const complaints = await runAll(run, atOnce, async index => {
    const input = hostileHttp(run.seed, index, fuzzed.world)
    return { what: input.what, wrong: judge(input, await sendInput(fuzzed.port, input), fuzzed.secrets) }
  })
  assert.equal(describeComplaints(run, complaints), '')
})

test('the same seed makes the same inputs', () => {
  const inputs = () => Array.from({ length: 200 }, (_, index) => hostileHttp(run.seed, index, fuzzed.world))
  assert.deepEqual(inputs(), inputs())
})

test('afterwards the same process holds a normal conversation', async () => {
  const { server } = fuzzed
  assert.equal(await Promise.race([server.exited, 'alive']), 'alive')
  const { id } = Conversation.parse((await server.api('POST', '/conversations', { title: 'Still here' })).body)
  const answer = await server.api('POST', `/conversations/${id}/messages`, { content: 'Hello, how are you?' })
  assert.equal(Message.parse(answer.body).content, 'You said: Hello, how are you?')
  const page = MessagePage.parse((await server.api('GET', `/conversations/${id}/messages`)).body)
  const seen = page.data.map(({ role, status }) => `${role} ${status}`)
  assert.deepEqual(seen, ['user done', 'assistant done'])
})

test('nothing failed by a bug', () => {
  assert.deepEqual(fuzzed.bugs.slice(0, 5), [])
})

test('every answer ends, and no connection to the database is kept', async () => {
  await fuzzed.atRest()
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => fuzzed.server.api('GET', '/conversations?limit=1')),
  )
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
})

test("another user's conversation is as it was", async () => {
  const kept = await fuzzed.database.query(
    `SELECT c.title, c.system_prompt, c.deleted_at, m.content, m.rating
     FROM conversations c JOIN messages m ON m.conversation_id = c.id WHERE c.id = $1`,
    [fuzzed.world.strange.conversation],
  )
  const text = strangersText
  assert.deepEqual(kept, [{ title: text, system_prompt: text, deleted_at: null, content: text, rating: null }])
})

test('a client that is refused and keeps its half of the connection open costs the server nothing', {
  skip: process.platform !== 'linux',
}, async t => {
  const filesBefore = await fuzzed.openFiles()
  const clients = Array.from({ length: 100 }, () => {
    const client = connect({ port: fuzzed.port, host: '127.0.0.1', allowHalfOpen: true })
    atEnd(t, () => client.destroy())
    client.write('no HTTP\r\n\r\n')
    return once(client.resume(), 'end')
  })
  await Promise.all(clients)
  await until('the server has let go of them', async () => (await fuzzed.openFiles()) < filesBefore + 50)
})

test('the server holds no more than it did', async t => {
  const { heap, resident } = await fuzzed.growth()
  t.diagnostic(`grew by ${Math.round(heap / 1e6)} MB of heap, ${Math.round(resident / 1e6)} MB resident`)
  assert.ok(heap < 20e6, `the heap grew by ${heap} bytes`)
  assert.ok(resident < 150e6, `the process grew by ${resident} bytes`)
})
