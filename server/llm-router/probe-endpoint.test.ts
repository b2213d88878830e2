import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { systemClock } from '#kit'
import { createEndpointProbe } from '#llm-router'
import {
  ailingModel,
  openRole,
  piece,
  refuses,
  stallsAfter,
  startAilingCluster,
  staysSilent,
} from '../../test/support/ailing-cluster.ts'
import { quiet } from '../../test/support/cluster-under-test.ts'
import { type Page, servePage } from '../../test/support/serve-page.ts'
import { atEnd } from '../../test/support/server.ts'

function startProbe(context: TestContext) {
  const probe = createEndpointProbe({ clock: systemClock, log: quiet })
  atEnd(context, () => probe.close())
  return probe
}

/** What the probe finds where `GET /v1/models` is answered so. */
async function found(context: TestContext, page: Page, limitMs = 2_000) {
  const { url, asked } = await servePage(context, page)
  const probed = await startProbe(context).models({ url, apiKey: 'the-key' }, limitMs)
  assert.ok(
    asked.every(line => line === 'GET /v1/models'),
    'nothing but the list is read',
  )
  return probed
}

const json = (value: unknown) => ({ body: JSON.stringify(value) })

test('the lists of the usual engines are understood: one of models that chat, and which engine it is', async context => {
  const ollama = { object: 'list', data: [{ id: 'llama3.2:latest', object: 'model', created: 1, owned_by: 'library' }] }
  assert.deepEqual(await found(context, json(ollama)), {
    type: 'models',
    models: ['llama3.2:latest'],
    engine: 'ollama',
  })
  const emptyOllama = { object: 'list', data: null }
  assert.deepEqual(await found(context, json(emptyOllama)), { type: 'models', models: [], engine: undefined })
  const owner = { object: 'model', owned_by: 'organization_owner' }
  const lmStudio = {
    data: [
      { id: 'qwen/qwen3-4b', ...owner },
      { id: 'text-embedding-nomic-embed-text-v1.5', ...owner },
    ],
    object: 'list',
  }
  assert.deepEqual(await found(context, json(lmStudio)), {
    type: 'models',
    models: ['qwen/qwen3-4b'],
    engine: undefined,
  })
  const llamaCpp = {
    models: [{ name: '/models/x.gguf', type: 'model' }],
    object: 'list',
    data: [{ id: '/models/x.gguf', object: 'model', owned_by: 'llamacpp', meta: { n_ctx_train: 4_096 } }],
  }
  assert.deepEqual(await found(context, json(llamaCpp)), {
    type: 'models',
    models: ['/models/x.gguf'],
    engine: 'llama.cpp',
  })
})

test('what is no engine is told apart: a web page, another API, a refused key, a Parley server, an endless answer', async context => {
  assert.deepEqual(await found(context, { body: '<html>' }), { type: 'no_engine', status: 200 })
  assert.deepEqual(await found(context, json({ users: [] })), { type: 'no_engine', status: 200 })
  assert.deepEqual(await found(context, { status: 503, body: '{}' }), { type: 'no_engine', status: 503 })
  assert.deepEqual(await found(context, { status: 401, body: '{}' }), { type: 'key_refused' })
  const list = json({ data: [{ id: 'x' }] })
  assert.deepEqual(await found(context, { ...list, headers: { server: 'Parley' } }), { type: 'parley' })
  const huge = json({ data: [{ id: 'x' }], more: 'x'.repeat(2_000_000) })
  assert.deepEqual(await found(context, huge), { type: 'no_engine', status: 200 })
})

test('a redirect is not followed: the key stays with the endpoint it is for', async context => {
  const elsewhere = await servePage(context, json({ data: [{ id: 'x' }] }))
  const redirect = { status: 307, headers: { location: `${elsewhere.url}/models` }, body: '' }
  assert.deepEqual(await found(context, redirect), { type: 'no_engine', status: 307 })
  assert.deepEqual(elsewhere.asked, [])
})

test('one that takes the connection and says nothing is unreachable, within the time given', async context => {
  const startedAt = performance.now()
  assert.deepEqual(await found(context, 'silence', 200), { type: 'unreachable' })
  assert.ok(performance.now() - startedAt < 1_500)
})

test('a first token is timed, and the connection is closed at it; where none comes there is no time', async context => {
  const closed = Promise.withResolvers<void>()
  const upstream = await startAilingCluster(context, (response, asked) => {
    response.on('close', () => closed.resolve())
    stallsAfter(openRole, piece('Hello'))(response, asked)
  })
  const probe = startProbe(context)
  const firstTokenMs = (limitMs: number) => probe.firstTokenMs({ url: upstream.url, apiKey: 'k' }, ailingModel, limitMs)
  const first = await firstTokenMs(5_000)
  assert.ok(first !== null && first > 0 && first < 5_000)
  await closed.promise
  assert.equal(upstream.asked[0]?.body.max_tokens, 16)
  upstream.behaviour = refuses(500)
  assert.equal(await firstTokenMs(5_000), null)
  upstream.behaviour = staysSilent
  assert.equal(await firstTokenMs(200), null)
})
