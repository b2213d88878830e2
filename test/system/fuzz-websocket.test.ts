/** Hostile WebSockets to one real server: each is served or closed with a reason, and the server lives on. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Conversation } from '#protocol'
import { describeComplaints, fuzzRun, runAll } from '../support/fuzz/fuzz-run.ts'
import { type FuzzedServer, startFuzzedServer } from '../support/fuzz/fuzzed-server.ts'
import { hostileWebSocket } from '../support/fuzz/hostile-websocket.ts'
import { judgeSocket } from '../support/fuzz/judge-websocket.ts'
import { sendWebSocket } from '../support/fuzz/send-websocket.ts'
import { adminKey, fileScope } from '../support/server.ts'
import { connect } from '../support/socket-client.ts'

const file = fileScope()
const run = fuzzRun(2_000)
/** Below the twenty sockets that a user may have: the server needs a moment to see that one is gone. */
const atOnce = 10
let fuzzed: FuzzedServer

before(async () => {
  fuzzed = await startFuzzedServer(file)
})

test(`${run.inputs.length} hostile WebSockets are each served or closed within 5 s, without a word too much`, async t => {
  t.diagnostic(`seed ${run.seed}`)
  let frames = 0
  const complaints = await runAll(run, atOnce, async index => {
    const hostile = hostileWebSocket(run.seed, index, fuzzed.world)
    frames += hostile.frameCount
    return {
      what: hostile.what,
      wrong: judgeSocket(hostile, await sendWebSocket(fuzzed.port, hostile), fuzzed.secrets),
    }
  })
  t.diagnostic(`${frames} frames`)
  assert.equal(describeComplaints(run, complaints), '')
})

test('afterwards a socket of the same process carries a normal conversation', async t => {
  const { server } = fuzzed
  assert.equal(await Promise.race([server.exited, 'alive']), 'alive')
  const { id } = Conversation.parse((await server.api('POST', '/conversations', {})).body)
  const client = await connect(t, server.url, { key: adminKey })
  client.send({ conversation_id: id, content: 'Hello, how are you?', ref: 'mine' })
  const end = await client.frame(({ type }) => type === 'done' || type === 'error')
  assert.match(JSON.stringify(end), /"type":"done".*"content":"You said: Hello, how are you\?"/)
  assert.equal(client.frames.find(({ type }) => type === 'start')?.ref, 'mine')
})

test('nothing failed by a bug, every answer ends, and the server holds no more than it did', async t => {
  assert.deepEqual(fuzzed.bugs.slice(0, 5), [])
  await fuzzed.atRest()
  const { heap, resident } = await fuzzed.growth()
  t.diagnostic(`grew by ${Math.round(heap / 1e6)} MB of heap, ${Math.round(resident / 1e6)} MB resident`)
  assert.ok(heap < 20e6, `the heap grew by ${heap} bytes`)
  assert.ok(resident < 150e6, `the process grew by ${resident} bytes`)
})
