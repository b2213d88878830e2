import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Agent } from 'undici'
import { isFault, systemClock } from '#kit'
import { type Cluster, createCluster } from './cluster.ts'
import type { GenerationEvent } from './generation-event.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const request = { messages: [{ role: 'user' as const, content: 'Hi' }], maxTokens: 10, temperature: 0 }

/** A cluster in front of a real HTTP server that behaves as `listener` says. */
async function clusterBehaving(context: TestContext, listener: RequestListener): Promise<Cluster> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent({ connect: { timeout: 2_000 } })
  context.after(async () => {
    await agent.destroy()
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const options = { name: 'a', url, apiKey: 'secret', models: undefined, capacity: undefined }
  return createCluster(options, { agent, clock: systemClock, log: quiet })
}

function stream(response: ServerResponse, ...events: readonly unknown[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
}

const text = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
const finish = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
const usage = {
  choices: [],
  usage: { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 1 } },
}

async function eventsOf(cluster: Cluster, signal = new AbortController().signal, firstTokenTimeoutMs = 5_000) {
  const events: GenerationEvent[] = []
  for await (const batch of cluster.generate('m', request, firstTokenTimeoutMs, signal)) events.push(...batch)
  return events
}

const failsWith = (code: string) => (error: unknown) =>
  isFault(error) && error.code === code && !error.message.includes('secret')

test('an answer is streamed as dispatched, text, usage, end, and the key is sent', async context => {
  const cluster = await clusterBehaving(context, (incoming, response) => {
    assert.equal(incoming.headers.authorization, 'Bearer secret')
    stream(response, text('Hel'), text('lo'), finish, usage, '[DONE]')
    response.end()
  })
  assert.deepEqual(await eventsOf(cluster), [
    { type: 'dispatched', cluster: 'a', model: 'm' },
    { type: 'text', text: 'Hel' },
    { type: 'text', text: 'lo' },
    { type: 'usage', inputTokens: 3, cachedTokens: 1, outputTokens: 2 },
    { type: 'end', finishReason: 'stop' },
  ])
  assert.equal(cluster.inFlight, 0)
  assert.ok(cluster.firstTokenMs > 0)
})

test('a stream without finish reason or without end marker is a failure, never a clean end', async context => {
  for (const events of [[text('a'), '[DONE]'], [text('a'), finish], [text('a')]]) {
    const cluster = await clusterBehaving(context, (_incoming, response) => {
      stream(response, ...events)
      response.end()
    })
    await assert.rejects(eventsOf(cluster), failsWith('generation_failed'))
  }
})

test('an error inside a 200, garbage, a cut connection and a refused one are generation_failed', async context => {
  const behaviours: RequestListener[] = [
    (_incoming, response) => stream(response, text('a'), { error: { message: 'secret' } }),
    (_incoming, response) => stream(response, 'not json'),
    (_incoming, response) => {
      stream(response, text('a'))
      response.destroy()
    },
    (_incoming, response) => response.destroy(),
    (_incoming, response) => response.writeHead(500).end('secret'),
  ]
  for (const behaviour of behaviours) {
    await assert.rejects(eventsOf(await clusterBehaving(context, behaviour)), failsWith('generation_failed'))
  }
})

test('a full cluster is overloaded, for as long as it says', async context => {
  const cluster = await clusterBehaving(context, (_incoming, response) => {
    response.writeHead(429, { 'retry-after': '7' }).end()
  })
  await assert.rejects(eventsOf(cluster), error => isFault(error) && error.retryAfterMs === 7_000)
})

test('a prompt over the context is told as such, with the counts, in every known wording', async context => {
  const wordings = [
    { code: 'context_length_exceeded', message: '', n_prompt_tokens: 900, n_ctx: 512 },
    { code: 400, type: 'exceed_context_size_error', message: '', n_prompt_tokens: 900, n_ctx: 512 },
    { message: "This model's maximum context length is 512 tokens. However, you requested 900 tokens." },
  ]
  for (const error of wordings) {
    const cluster = await clusterBehaving(context, (_incoming, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
    })
    const counts =
      'n_ctx' in error ? { promptTokens: 900, contextTokens: 512 } : { promptTokens: null, contextTokens: null }
    assert.deepEqual((await eventsOf(cluster)).at(-1), { type: 'too_long', ...counts })
  }
})

test('aborting closes the socket on the cluster and throws the reason', async context => {
  const closed = Promise.withResolvers<void>()
  const cluster = await clusterBehaving(context, (incoming, response) => {
    incoming.socket.on('close', () => closed.resolve())
    stream(response, text('a'))
  })
  const abort = new AbortController()
  const events = cluster.generate('m', request, 5_000, abort.signal)
  await events.next()
  await events.next()
  abort.abort('stop')
  await assert.rejects(events.next(), error => error === 'stop')
  await closed.promise
  assert.equal(cluster.inFlight, 0)
})

test('a cluster that accepts and stays silent is given up after the first-token timeout', async context => {
  const cluster = await clusterBehaving(context, (_incoming, response) => stream(response, { choices: [] }))
  await assert.rejects(eventsOf(cluster, undefined, 50), failsWith('generation_failed'))
})

test('models and their contexts are learned from /models; a failure leaves what was known', async context => {
  let answers = 0
  const cluster = await clusterBehaving(context, (_incoming, response) => {
    answers += 1
    if (answers > 1) response.writeHead(500).end()
    else
      response.end(
        JSON.stringify({
          data: [
            { id: 'x', max_model_len: 4_096 },
            { id: 'y', meta: { n_ctx: 512 } },
          ],
        }),
      )
  })
  for (let round = 0; round < 2; round++) await cluster.discover(AbortSignal.timeout(2_000))
  assert.deepEqual(cluster.models(), ['x', 'y'])
  assert.deepEqual([cluster.contextTokens('x'), cluster.contextTokens('y')], [4_096, 512])
})
