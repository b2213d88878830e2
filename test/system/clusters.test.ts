import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { ClusterInfo, ClusterPage, ClusterTest, FoundEnginePage, type Model, ModelPage } from '#protocol'
import { freePort } from '../../server/embedded/free-port.ts'
import { type AilingCluster, ailingModel, answers, answerTo, startAilingCluster } from '../support/ailing-cluster.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { servePage } from '../support/serve-page.ts'
import { atEnd, fileScope, type Scope, unlimited, until } from '../support/server.ts'
import { startWired, type WiredOptions } from '../support/wired-server.ts'
import { type Api, addUser, newConversation, problemOf, say } from './talk.ts'

const file = fileScope()
const uncached = `${unlimited}cache: { scope: off }\n`
/** The key that is given to every cluster with one here. */
const apiKey = 'the-key-of-a-cluster'

async function freshDatabase(scope: Scope): Promise<TestDatabase> {
  const database = await createTestDatabase()
  atEnd(scope, database.drop)
  return database
}

const portOf = ({ url }: { readonly url: string }) => Number(new URL(url).port)

async function clustersOf({ api }: Api): Promise<readonly ClusterInfo[]> {
  const answer = await api('GET', '/admin/clusters')
  assert.equal(answer.status, 200, answer.text)
  return ClusterPage.parse(answer.body).data
}

async function foundBy({ api }: Api) {
  const answer = await api('GET', '/admin/clusters/found')
  assert.equal(answer.status, 200, answer.text)
  return FoundEnginePage.parse(answer.body).data
}

async function add({ api }: Api, cluster: object): Promise<ClusterInfo> {
  const answer = await api('POST', '/admin/clusters', cluster)
  assert.equal(answer.status, 201, answer.text)
  assert.ok(!answer.text.includes(apiKey))
  return ClusterInfo.parse(answer.body)
}

const remove = ({ api }: Api, id: string | null) => api('DELETE', `/admin/clusters/${id}`)

async function modelOf({ api }: Api, id: string | undefined): Promise<Model | undefined> {
  return ModelPage.parse((await api('GET', '/models')).body).data.find(model => model.id === id)
}

/** What a new conversation with this model is answered. */
async function answerOf(server: Api, model?: string): Promise<string> {
  const { id } = await newConversation(server, model === undefined ? {} : { model })
  return (await say(server, id, 'Hello')).content
}

/** A list, as soon as it holds something: on a busy machine an engine may be late to say that it is there. */
async function untilSome<Item>(what: string, list: () => Promise<readonly Item[]>): Promise<readonly Item[]> {
  return until(what, async () => {
    const found = await list()
    return found.length > 0 && found
  })
}

describe('clusters of a running server', { concurrency: 2 }, () => {
  test('an engine on this machine is found, connected by one call, answers at once, outlives a restart, and goes again', async t => {
    const [database, engine, port] = [await freshDatabase(t), await startAilingCluster(t), await freePort()]
    engine.listing = [{ id: 'llama3.2:latest', object: 'model', owned_by: 'library' }]
    const options: WiredOptions = {
      database,
      localPorts: [portOf(engine), port, await freePort()],
      yaml: uncached,
      env: { PORT: String(port) },
    }
    let server = await startWired(t, options)
    assert.equal((await fetch(`${server.url}/v1/models`)).headers.get('server'), 'Parley', 'it says what it is')
    assert.equal((await modelOf(server, 'gpt-4'))?.serves, 'parley-small')
    const found = () => foundBy(server)
    assert.deepEqual(
      await untilSome('it is found', found),
      [{ label: 'Ollama', url: engine.url, models: ['llama3.2:latest'] }],
      'never its own port',
    )
    assert.equal(engine.asked.length, 0, 'no prompt before the click')

    const added = await add(server, { url: engine.url })
    const { id, name, url, source, models, ready } = added
    assert.deepEqual([name, url, source, added.engine], ['Ollama', engine.url, 'added', 'ollama'])
    assert.deepEqual([models, ready], [['llama3.2:latest'], true])
    for (const model of ['llama3.2:latest', 'gpt-4', undefined])
      assert.equal(await answerOf(server, model), answerTo('Hello'), String(model))
    const demo = await modelOf(server, 'parley-small')
    assert.deepEqual([demo?.available, demo?.default], [true, false], 'the demo stays, and is the default no more')
    assert.deepEqual(await foundBy(server), [], 'it is no news any more')

    await server.stop()
    server = await startWired(t, options)
    assert.equal((await clustersOf(server)).at(-1)?.id, id)
    assert.equal(await answerOf(server, 'gpt-4'), answerTo('Hello'))

    assert.equal((await remove(server, id)).status, 204)
    assert.deepEqual(
      (await clustersOf(server)).map(({ source }) => source),
      ['embedded'],
    )
    assert.equal((await modelOf(server, 'gpt-4'))?.serves, 'parley-small', 'the demo is back')
    problemOf(await remove(server, id), 404, 'not_found')
    const audit = await database.query(
      "SELECT action, object, details FROM audit WHERE action LIKE 'cluster.%' ORDER BY id",
    )
    const details = { name: 'Ollama', url: engine.url }
    assert.deepEqual(audit, [
      { action: 'cluster.add', object: id, details },
      { action: 'cluster.remove', object: id, details },
    ])
  })

  test('a second server on the database follows within five seconds, also what is taken away', async t => {
    const [database, engine] = [await freshDatabase(t), await startAilingCluster(t)]
    const base = await startAilingCluster(t)
    base.listing = [{ id: 'base' }]
    const options: WiredOptions = {
      database,
      localPorts: [],
      yaml: `${uncached}clusters: [{ name: base, url: ${base.url} }]`,
    }
    const [first, second] = await Promise.all([startWired(t, options), startWired(t, options)])
    const { id } = await add(first, { url: engine.url, api_key: apiKey })
    await until(
      'the other has it',
      async () => (await clustersOf(second)).some(one => one.id === id && one.ready),
      5_000,
    )
    assert.equal(await answerOf(second, ailingModel), answerTo('Hello'))
    await remove(second, id)
    await until('the other lost it', async () => !(await clustersOf(first)).some(one => one.id === id), 5_000)
    assert.equal((await modelOf(first, ailingModel))?.available, undefined)
  })

  test('engines are used at the start with `discover: use`, without being stored; with `off` nobody is asked', async t => {
    const [database, engine] = [await freshDatabase(t), await startAilingCluster(t)]
    const localPorts = [portOf(engine)]
    const used = await startWired(t, { database, localPorts, yaml: `${uncached}discover: use\n` })
    const inUse = async () => (await clustersOf(used)).filter(({ source, ready }) => source === 'found' && ready)
    assert.equal((await untilSome('it is used', inUse))[0]?.id, null)
    assert.equal(await answerOf(used, 'gpt-4'), answerTo('Hello'))
    assert.deepEqual(await database.query('SELECT FROM clusters'), [])
    const adopted = await add(used, { url: engine.url })
    assert.deepEqual(
      (await clustersOf(used)).filter(({ url }) => url === engine.url),
      [adopted],
      'one that is added is listed once',
    )
    await used.stop()

    const page = await servePage(t, { body: '{"data":[{"id":"x"}]}' })
    const yaml = `${uncached}discover: off\nclusters: [{ name: base, url: ${engine.url} }]\n`
    const off = await startWired(t, { database, localPorts: [page.port], yaml })
    assert.deepEqual(await foundBy(off), [])
    assert.deepEqual(page.asked, [])
  })
})

describe('a cluster', () => {
  let database: TestDatabase
  let base: AilingCluster
  let options: WiredOptions
  let server: Awaited<ReturnType<typeof startWired>>

  before(async () => {
    database = await freshDatabase(file)
    base = await startAilingCluster(file)
    base.listing = [{ id: 'base' }]
    options = { database, localPorts: [], yaml: `${uncached}clusters: [{ name: base, url: ${base.url} }]` }
    server = await startWired(file, options)
  })

  test("gets its key with each request; the key is sealed in the table, in no answer, and opens with a replaced secret's successor", async t => {
    const keys = new Set<string | undefined>()
    const engine = await startAilingCluster(t, (response, asked) => {
      keys.add(response.req.headers.authorization)
      answers(response, asked)
    })
    const { id } = await add(server, { url: engine.url, name: 'With key', api_key: apiKey })
    await answerOf(server, ailingModel)
    assert.deepEqual([...keys], [`Bearer ${apiKey}`])
    assert.ok(!(await server.api('GET', '/admin/clusters')).text.includes(apiKey))
    const [row] = await database.query<{ whole: string; api_key: Buffer }>(
      'SELECT c::text AS whole, api_key FROM clusters c WHERE id = $1',
      [id],
    )
    assert.ok(row && !row.whole.includes(apiKey) && !row.api_key.includes(apiKey))
    const audit = await database.query<{ whole: string }>('SELECT a::text AS whole FROM audit a')
    assert.ok(!audit.some(({ whole }) => whole.includes(apiKey)))

    const env = { PARLEY_SECRET: 'the-new-secret-of-all-the-servers,the-secret-of-all-servers-in-this-test' }
    const renewed = await startWired(t, { ...options, env })
    assert.equal(await answerOf(renewed, ailingModel), answerTo('Hello'))
    assert.deepEqual([...keys], [`Bearer ${apiKey}`])
    await remove(server, id)
  })

  test('that cannot be used is refused in plain words that name the field, and nothing is stored', async t => {
    const refusals: readonly (readonly [string, object, RegExp])[] = [
      ['url', { url: `http://127.0.0.1:${await freePort()}/v1` }, /Nothing answers/],
      ['url', await servePage(t, { body: '<html>' }), /not with a list of models/],
      ['url', await servePage(t, { body: '{"object":"list","data":null}' }), /no model/],
      ['url', { url: `${server.url}/v1` }, /Parley/],
      ['api_key', await servePage(t, { status: 401, body: '{}' }), /asks for a key/],
      ['api_key', { ...(await servePage(t, { status: 403, body: '{}' })), api_key: apiKey }, /refuses this key/],
      ['url', { url: base.url.replace('127.0.0.1', 'localhost') }, /"base"/],
      ['name', { url: (await startAilingCluster(t)).url, name: 'base' }, /name/],
      ['url', { url: 'ftp://example.com/v1' }, /./],
      ['url', { url: 'http://user:word@127.0.0.1:1/v1' }, /without user name/],
      ['name', { url: base.url, name: 'a\u0000b' }, /control/],
      ['api_key', { url: base.url, api_key: 'a\r\nb' }, /ASCII/],
    ]
    for (const [field, wanted, words] of refusals) {
      const problem = problemOf(await server.api('POST', '/admin/clusters', wanted), 422, 'invalid_field')
      assert.deepEqual(
        problem.errors?.map(error => error.field),
        [field],
        problem.detail,
      )
      assert.match(problem.detail, words)
    }
    assert.deepEqual(await database.query('SELECT FROM clusters'), [])
  })

  test('that two administrators connect in the same moment is there once', async t => {
    const engine = await startAilingCluster(t)
    const both = await Promise.all([1, 2].map(() => server.api('POST', '/admin/clusters', { url: engine.url })))
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 422])
    const [added, ...more] = (await clustersOf(server)).filter(({ url }) => url === engine.url)
    assert.ok(added && more.length === 0)
    await remove(server, added.id)
  })

  test('of parley.yaml wins over an added one of its name or address, which is shown and rests', async t => {
    const [engine, named] = [await startAilingCluster(t), await startAilingCluster(t)]
    named.listing = [{ id: 'named' }]
    const { id } = await add(server, { url: engine.url, name: 'later in the file' })
    const yaml = `${options.yaml?.replace(/\]$/, '')}, { name: later in the file, url: ${named.url} }]`
    const other = await startWired(t, { ...options, yaml })
    assert.deepEqual(
      (await clustersOf(other)).map(cluster => [cluster.id, cluster.name, cluster.source, cluster.ready]),
      [
        [null, 'base', 'file', true],
        [null, 'later in the file', 'file', true],
        [id, 'later in the file', 'added', false],
      ],
    )
    assert.equal(await modelOf(other, ailingModel), undefined)
    await remove(server, id)
  })

  test('is tried before it is added: its models, and the time of a first token, at which the prompt ends', async t => {
    const engine = await startAilingCluster(t)
    const answer = await server.api('POST', '/admin/clusters/test', { url: engine.url.replace(/\/v1$/, '') })
    assert.equal(answer.status, 200, answer.text)
    const { models, first_token_ms } = ClusterTest.parse(answer.body)
    assert.deepEqual(models, [ailingModel])
    assert.ok(first_token_ms !== null && first_token_ms > 0)
    assert.equal(engine.asked.length, 1)
    assert.ok(Number(engine.asked[0]?.body.max_tokens) <= 32)
    assert.deepEqual(await database.query('SELECT FROM clusters'), [])
  })

  test("is an administrator's business: others get 403, and whoever is unknown 401", async () => {
    const user = await addUser(server, database)
    const calls = [
      ['GET', '/admin/clusters'],
      ['POST', '/admin/clusters', { url: base.url }],
      ['GET', '/admin/clusters/found'],
      ['POST', '/admin/clusters/test', { url: base.url }],
      ['DELETE', '/admin/clusters/01890000-0000-7000-8000-000000000000'],
      ['PATCH', '/admin/clusters/base', { state: 'draining' }],
    ] as const
    for (const [method, path, body] of calls) {
      problemOf(await user.api(method, path, body), 403, 'forbidden')
      problemOf(await server.api(method, path, body, { authorization: 'Bearer unknown' }), 401, 'unauthenticated')
    }
  })
})
