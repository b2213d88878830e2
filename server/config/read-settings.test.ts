import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mistakesOf } from './try-config.ts'

test('those of the environment first, then those of the file from top to bottom', () => {
  const yaml = `clusters:
  - name: a
    url: localhost:9100
    capacity: 0
  - name: a
    url: http://b/v1/
    engin: vllm
    models: []
limits:
  burst: many
  mesages_per_minute: 3
models:
  m: {}
  n: { serves: x, gguf: y, context: 1.5 }
  o: { serves: x, parallel: 2 }
auth:
  sign_up: domains
  smtp: { host: mail, user: ada, from: nobody }
safety:
  guard: { kind: llama-guard, url: "http://g/v1" }
  embedded: maybe
server: { trusted_proxies: [10.0.0.0/40], cors_origins: ["https://a/b"], media_hosts: ["https://c"] }
retention: { usage: 40, audit: 0d }
cache: off
colour: blue
plugins: [{ name: p }, { name: p, url: "http://p", command: [] }]
`
  assert.deepEqual(mistakesOf(yaml, { PORT: 'http', LOG_LEVEL: 'loud' }), [
    'PORT: must be a whole number from 0 to 65535 (is "http")',
    'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent (is "loud")',
    'parley.yaml:3: clusters[0].url: must be an http or https address without user name, query or fragment (is "localhost:9100")',
    'parley.yaml:4: clusters[0].capacity: must be a whole number of at least 1 (is the number 0)',
    'parley.yaml:5: clusters[1].name: is taken by an entry above',
    'parley.yaml:7: clusters[1].engin: is not a setting; did you mean "engine"?',
    'parley.yaml:8: clusters[1].models: must name a model; left out, the models are discovered',
    'parley.yaml:10: limits.burst: must be a whole number of at least 0 (is "many")',
    'parley.yaml:11: limits.mesages_per_minute: is not a setting; did you mean "messages_per_minute"?',
    'parley.yaml:13: models.m: must have "serves" (a model of a cluster) or "gguf" (a file to run here)',
    'parley.yaml:14: models.n.context: must be a whole number of at least 1 (is the number 1.5)',
    'parley.yaml:14: models.n.gguf: cannot stand beside "serves"',
    'parley.yaml:15: models.o.parallel: works only with "gguf"',
    'parley.yaml:16: auth.domains: must name a domain, as sign_up is "domains"',
    'parley.yaml:18: auth.smtp.from: must be a sender such as "Parley <parley@example.com>" (is "nobody")',
    'parley.yaml:18: auth.smtp.password: must be set, as "user" is',
    'parley.yaml:20: safety.guard.kind: must be one of classify (is "llama-guard")',
    'parley.yaml:21: safety.embedded: must be true or false (is "maybe")',
    'parley.yaml:22: server.trusted_proxies[0]: must be an IP address, a network such as 10.0.0.0/8, or one of loopback, linklocal, uniquelocal (is "10.0.0.0/40")',
    'parley.yaml:22: server.cors_origins[0]: must be an http or https address without a path (is "https://a/b")',
    'parley.yaml:22: server.media_hosts[0]: must be a host name such as example.com or *.example.com:8443 (is "https://c")',
    'parley.yaml:23: retention.usage: must be "forever" or a number of days such as 400d (is the number 40)',
    'parley.yaml:23: retention.audit: must be "forever" or a number of days such as 400d (is "0d")',
    'parley.yaml:24: cache: must be a map (is text)',
    'parley.yaml:25: colour: is not a setting',
    'parley.yaml:26: plugins[0]: must have "url" or "command"',
    'parley.yaml:26: plugins[1].command: must name a program',
    'parley.yaml:26: plugins[1].command: cannot stand beside "url"',
    'parley.yaml:26: plugins[1].name: is taken by an entry above',
  ])
})

test('a missing setting is told on the line of its group', () => {
  assert.deepEqual(mistakesOf('clusters:\n  - name: a\n    region: eu\n'), [
    'parley.yaml:2: clusters[0].url: must be set: an http or https address without user name, query or fragment',
  ])
})

test('a key in another style finds its name', () => {
  assert.deepEqual(mistakesOf('limits:\n  messagesPerMinute: 3\n  running-turns: 3\ndefaultModel: x\n'), [
    'parley.yaml:2: limits.messagesPerMinute: is not a setting; did you mean "messages_per_minute"?',
    'parley.yaml:3: limits.running-turns: is not a setting; did you mean "running_turns"?',
    'parley.yaml:4: defaultModel: is not a setting; did you mean "default_model"?',
  ])
})

test('a key that is set twice names both lines', () => {
  assert.deepEqual(mistakesOf('limits:\n  burst: 1\n  running_turns: 2\n  burst: 3\n'), [
    'parley.yaml:4: limits.burst: is set twice, first on line 2',
  ])
})

test('a file that is a list or a single text is refused as a whole', () => {
  assert.deepEqual(mistakesOf('- clusters\n'), ['parley.yaml:1: must be a map of settings (is a list)'])
  assert.deepEqual(mistakesOf('# so\nsk-123\n'), ['parley.yaml:2: must be a map of settings (is text)'])
})

test('a flood of mistakes is cut after a hundred', () => {
  const lines = mistakesOf(Array.from({ length: 150 }, (_, index) => `key${index}: 1\n`).join(''))
  assert.equal(lines.length, 101)
  assert.equal(lines[100], '... and 50 more')
})
