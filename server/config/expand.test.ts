import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load, mistakesOf } from './try-config.ts'

const cluster = (apiKey: string, more = '') =>
  `clusters:\n  - name: a\n    url: http://a/v1\n    api_key: ${apiKey}\n${more}`

test('they stand in any text, also inside longer ones and in numbers', () => {
  const yaml = `clusters:
  - { name: "\${NAME}-1", url: "http://\${HOST_A}:\${PORT_A}/v1", api_key: "\${file:/run/secrets/a}", capacity: "\${CAPACITY}", models: ["\${MODEL}"] }
safety: { embedded: "\${EMBEDDED}" }
`
  const env = { NAME: 'eu', HOST_A: 'gpu', PORT_A: '81', CAPACITY: '64', MODEL: 'llama', EMBEDDED: 'false' }
  const config = load(yaml, env, { '/run/secrets/a': 'sk-a\n' })
  const [a] = config.clusters
  assert.deepEqual(
    [a?.name, a?.url, a?.apiKey, a?.capacity, a?.models, config.safety.embedded],
    ['eu-1', 'http://gpu:81/v1', 'sk-a', 64, ['llama'], false],
  )
})

test('a relative secret file is found from the folder of parley.yaml', () => {
  const env = { PARLEY_CONFIG: '/etc/parley.yaml' }
  const files = { '/etc/parley.yaml': cluster(`\${file:keys/a}`), '/etc/keys/a': 'sk-a' }
  assert.equal(load(undefined, env, files).clusters[0]?.apiKey, 'sk-a')
})

test('$${ stands for a plain ${, and what is put in is not expanded again', () => {
  const env = { A: `\${B}`, B: 'never' }
  const { clusters } = load(cluster('x', `    region: $\${A}-\${A}-$5\n`), env)
  assert.equal(clusters[0]?.region, `\${A}-\${B}-$5`)
})

test('a variable that is not set or empty is a mistake of its line, and no other mistake follows from it', () => {
  const yaml = `clusters:\n  - name: a\n    url: \${NOWHERE}\n    capacity: \${EMPTY}\n`
  assert.deepEqual(mistakesOf(yaml, { EMPTY: '' }), [
    'parley.yaml:3: clusters[0].url: the environment variable NOWHERE is not set',
    'parley.yaml:4: clusters[0].capacity: the environment variable EMPTY is not set',
  ])
})

test('a secret file that is missing or empty is a mistake of its line', () => {
  assert.deepEqual(mistakesOf(cluster(`\${file:/run/a}`)), [
    'parley.yaml:4: clusters[0].api_key: the file /run/a cannot be read: there is no such file',
  ])
  assert.deepEqual(mistakesOf(cluster(`\${file:/run/a}`), {}, { '/run/a': '\n' }), [
    'parley.yaml:4: clusters[0].api_key: the file /run/a is empty',
  ])
})

test('a placeholder that means nothing is a mistake', () => {
  for (const written of [`\${}`, `\${a-b}`, `\${NAME:-x}`, `\${NAME`, `\${file:}`])
    assert.deepEqual(mistakesOf(cluster(written)), [
      `parley.yaml:4: clusters[0].api_key: holds a "\${" that is neither \${NAME} nor \${file:path}; write "$\${" for a plain one`,
    ])
})

test('inside braces it needs quotes, and the mistake says so', () => {
  assert.deepEqual(mistakesOf(`a: 1\nsafety: { guard: { url: \${GUARD} } }\n`), [
    `parley.yaml:2: is not YAML here: something follows that does not belong there; a text may need quotes ("\${...}" stands in quotes inside { } and [ ])`,
  ])
})

test('no mistake shows a secret: not one from a variable or a file, nor one that was written down', () => {
  const yaml = `clusters:
  - name: a
    url: http://ada:hunter2@a/v1
    api_key: hunter2 hunter2
    capacity: \${SECRET}
    engine: \${file:/run/secret}
  - name: b
    url: http://b/v1?key=hunter2
    api_key: [hunter2]
  - name: c
    url: ada:hunter2@c/v1
    api_key: { value: hunter2 }
models: hunter2
auth:
  oidc: [{ name: o, issuer: "https://o", client_id: p, client_secret: 'hunter2 x' }]
  smtp: smtp://ada:hunter2@mail
`
  const env = { SECRET: 'hunter2', REDIS_URL: 'http://:hunter2@r', DATABASE_URL: 'my://ada:hunter2@d' }
  const lines = mistakesOf(yaml, env, { '/run/secret': 'hunter2' })
  assert.equal(lines.length, 14)
  assert.doesNotMatch(lines.join('\n'), /hunter2/)
  assert.ok(
    lines.includes(`parley.yaml:5: clusters[0].capacity: must be a whole number of at least 1 (is "\${SECRET}")`),
  )
})
