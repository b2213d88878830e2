import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { load } from './config/try-config.ts'

describe('without any configuration', () => {
  test('every setting has the default that the contract names', () => {
    assert.deepEqual(load(), {
      port: 3000,
      host: '127.0.0.1',
      publicUrl: undefined,
      dataFolder: '/srv/data',
      configFile: '/srv/parley.yaml',
      database: undefined,
      redisUrl: undefined,
      workers: 1,
      logLevel: 'info',
      admin: undefined,
      secrets: [],
      metricsToken: undefined,
      clusters: [],
      models: new Map(),
      defaultModel: undefined,
      discover: 'ask',
      router: { policy: 'predicted_cost' },
      limits: { messagesPerMinute: 20, burst: 10, requestsPerMinute: 300, tokensPerMinute: 200_000, runningTurns: 8 },
      cache: { scope: 'user', ttlMs: 3_600_000, maxMessages: 4 },
      safety: {
        embedded: true,
        guard: undefined,
        blocklist: new Map(),
        categories: new Map([['self-harm', 'support']]),
      },
      auth: { signUp: 'closed', domains: [], oidc: [], smtp: undefined },
      server: { trustedProxies: [], corsOrigins: [], mediaHosts: [] },
      retention: { conversations: 'forever', usage: 400 * 86_400_000, audit: 400 * 86_400_000 },
      plugins: [],
    })
  })

  test('an empty file, one of comments and one of keys without values say the same as none', () => {
    const bare = load()
    for (const yaml of ['', '# nothing yet\n', 'clusters:\nlimits:\n  burst:\n'])
      assert.deepEqual(load(yaml), bare, JSON.stringify(yaml))
  })
})

describe('the file', () => {
  test("the contract's own example loads, in the units that Parley counts in", () => {
    const config = load(contractExample, { CLUSTER_A_KEY: 'sk-a' })
    assert.deepEqual(config.clusters, [
      {
        name: 'a',
        region: 'eu-west',
        url: 'http://127.0.0.1:9100/v1',
        apiKey: 'sk-a',
        models: ['llama-3.3-70b'],
        capacity: 64,
        engine: 'vllm',
      },
    ])
    assert.deepEqual(config.models.get('gpt-4'), {
      kind: 'served',
      serves: 'llama-3.3-70b',
      contextTokens: 131_072,
      inputPrice: 0,
      outputPrice: 0,
      firstTokenTimeoutMs: 300_000,
      temperature: undefined,
    })
    assert.deepEqual(config.safety.guard, {
      kind: 'classify',
      url: 'http://127.0.0.1:9200',
      apiKey: undefined,
      whenDown: 'fail',
    })
    assert.equal(config.defaultModel, 'gpt-4')
  })

  test('parley.example.yaml shows every setting and loads with the variables that it names', () => {
    const text = readFileSync(new URL('../parley.example.yaml', import.meta.url), 'utf8')
    const named = new Set(text.match(/[A-Z_]+(?=\})/g))
    named.delete('NAME')
    const config = load(text, Object.fromEntries([...named].map(name => [name, 'x'])))
    assert.equal(config.clusters.length, 2)

    const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
    const settings = page.slice(page.indexOf('## parley.yaml')).matchAll(/^\| `([^`]+)`/gm)
    const unseen = [...settings]
      .map(([, setting = '']) =>
        setting
          .replace(/(\[\]|\.<name>)$/, '')
          .split('.')
          .at(-1),
      )
      .filter(setting => !text.includes(`${setting}:`))
    assert.deepEqual(unseen, [])
  })

  test('a model file is found from the folder of the file that names it', () => {
    const env = { PARLEY_CONFIG: '/etc/parley/chat.yaml' }
    const { models } = load(undefined, env, {
      '/etc/parley/chat.yaml': 'models: { mine: { gguf: ./x.gguf, parallel: 4 } }',
    })
    const mine = models.get('mine')
    assert.deepEqual(mine?.kind === 'local' && [mine.gguf, mine.parallel], ['/etc/parley/x.gguf', 4])
  })

  test('a policy for one category leaves those of the others as they are', () => {
    const { categories } = load('safety: { categories: { violence: flag } }').safety
    assert.deepEqual(
      [...categories],
      [
        ['self-harm', 'support'],
        ['violence', 'flag'],
      ],
    )
  })

  test('anchors and merge keys save typing', () => {
    const yaml = `
clusters:
  - &eu { name: a, region: eu, url: "http://a/v1", capacity: 8 }
  - { <<: *eu, name: b, url: "http://b/v1" }
`
    const [a, b] = load(yaml).clusters
    assert.deepEqual(b, { ...a, name: 'b', url: 'http://b/v1' })
  })

  test('a byte order mark in front changes nothing', () => {
    assert.equal(load('\ufeffdiscover: use\n').discover, 'use')
  })
})

/** As in the contract of Parley, word for word where it matters. */
const contractExample = `
clusters:
  - name: a                         # unique
    region: eu-west
    url: http://127.0.0.1:9100/v1   # an OpenAI-compatible endpoint
    api_key: \${CLUSTER_A_KEY}       # environment variables and \${file:/run/secrets/x} are expanded
    models: [llama-3.3-70b]         # omitted: discovered from GET /models
    capacity: 64                    # generations at once; omitted: learned
    engine: vllm                    # vllm | sglang | llama.cpp | ollama | openai; omitted: detected
models:
  gpt-4: { serves: llama-3.3-70b, context: 131072, input_price: 0, output_price: 0, first_token_timeout: 300 }
  my-model: { gguf: ./x.gguf, context: 8192, parallel: 4 }   # run here
default_model: gpt-4
discover: ask
router: { policy: predicted_cost }
limits: { messages_per_minute: 20, burst: 10, requests_per_minute: 300, tokens_per_minute: 200000, running_turns: 8 }
cache: { scope: user, ttl_seconds: 3600, max_messages: 4 }   # user | instance | off
safety: { embedded: true, guard: { kind: classify, url: http://127.0.0.1:9200 }, categories: { self-harm: support } }
auth: { sign_up: closed }           # closed | invite | domains | open
server: { trusted_proxies: [], cors_origins: [], media_hosts: [] }
retention: { conversations: forever, usage: 400d, audit: 400d }
plugins: []
`
