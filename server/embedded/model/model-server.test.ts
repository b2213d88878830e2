import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { ChatEngine } from './chat-engine.ts'
import { createModelServer } from './model-server.ts'
import { silentLog } from './model-under-test.ts'

/** An engine whose decode fails after some text, which a sound model cannot be made to do. */
const failing: ChatEngine = {
  contextTokens: 8,
  facts: { n_ctx: 8, n_ctx_train: 8, n_vocab: 1, size: 1 },
  async answer(_request, sink) {
    sink.begin()
    sink.text('Once')
    throw new Error('a detail that nobody may see')
  },
}

test('a failure is an error frame in a begun stream, without [DONE], and a 500 before; the cause stays in the log', async () => {
  const causes: unknown[] = []
  const log = { ...silentLog, error: (fields: Readonly<Record<string, unknown>>) => causes.push(fields.stack) }
  const server = createModelServer({ name: 'failing', apiKey: 'key', engine: failing, log }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const request = (stream: boolean) =>
    fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer key' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], stream }),
    })
  const error = { message: 'The model failed.', type: 'server_error', param: null, code: null }

  const streamed = await request(true)
  assert.equal(streamed.status, 200)
  const events = (await streamed.text()).split('\n\n').filter(event => event !== '')
  assert.ok(events[1]?.includes('"Once"'))
  assert.deepEqual(JSON.parse(events.at(-1)?.replace('data: ', '') ?? ''), { error })

  const whole = await request(false)
  assert.equal(whole.status, 500)
  assert.deepEqual(await whole.json(), { error })
  assert.equal(causes.length, 2)
  server.close().closeAllConnections()
})
