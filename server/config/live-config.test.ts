import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, loadConfig } from '../config.ts'
import { createLiveConfig } from './live-config.ts'
import { type ReadConfig, readAsThen } from './reading.ts'

const read: ReadConfig = readFile => loadConfig({ env: {}, cwd: '/srv', readFile, listFolder: () => [] })
const readingOf = (yaml: string | undefined) =>
  readAsThen(read, new Map([['/srv/parley.yaml', yaml === undefined ? { code: 'ENOENT' } : { text: yaml }]]))

function startedWith(yaml: string | undefined) {
  const { files, outcome } = readingOf(yaml)
  assert.ok(!(outcome instanceof ConfigError))
  const configuration = createLiveConfig(outcome, files, () => 0)
  const edit = (text: string | undefined) => configuration.take(readingOf(text))
  return { configuration, edit }
}

const cluster = (name: string) => `clusters: [{ name: ${name}, url: 'http://127.0.0.1:1/v1', models: [m] }]\n`
const namesOf = ({ clusters }: { readonly clusters: readonly { readonly name: string }[] }) =>
  clusters.map(({ name }) => name)

test('clusters, aliases, the default model and the policy change with the file; those who follow are told', () => {
  const { configuration, edit } = startedWith(cluster('a'))
  let told = 0
  const stop = configuration.follow(() => {
    told += 1
  })
  edit(`${cluster('b')}models: { gpt-4: { serves: m } }\ndefault_model: gpt-4\nrouter: { policy: least_load }\n`)
  const { current } = configuration
  assert.deepEqual(namesOf(current), ['b'])
  assert.deepEqual([...current.models.keys()], ['gpt-4'])
  assert.deepEqual([current.defaultModel, current.router.policy], ['gpt-4', 'least_load'])
  assert.deepEqual(configuration.state().awaiting_restart, [])
  stop()
  edit(cluster('c'))
  assert.deepEqual(namesOf(configuration.current), ['c'])
  assert.equal(told, 1)
})

test('what takes effect after a restart stays as it was, and is named until the file says again what it said', () => {
  const { configuration, edit } = startedWith('limits: { burst: 3 }\n')
  edit('limits: { burst: 4 }\ncache: { scope: off }\nmodels: { mine: { gguf: ./mine.gguf } }\n')
  assert.equal(configuration.current.limits.burst, 3)
  assert.deepEqual(configuration.state().awaiting_restart, ['limits', 'cache', 'models'])
  edit('limits: { burst: 3 }\n')
  assert.deepEqual(configuration.state().awaiting_restart, [])
})

test('a bad edit changes nothing and is told with its lines; the next good one counts', () => {
  const { configuration, edit } = startedWith(cluster('a'))
  edit(`${cluster('b')}limits: { burst: many }\nnonsense: true\n`)
  assert.deepEqual(namesOf(configuration.current), ['a'])
  assert.deepEqual(configuration.state().mistakes, [
    { line: 2, text: 'parley.yaml:2: limits.burst: must be a whole number of at least 0 (is "many")' },
    { line: 3, text: 'parley.yaml:3: nonsense: is not a setting' },
  ])
  edit(cluster('b'))
  assert.deepEqual(namesOf(configuration.current), ['b'])
  assert.deepEqual(configuration.state().mistakes, [])
})

test('of a file that is no configuration at all, as much is shown as at a start', () => {
  const { configuration, edit } = startedWith(cluster('a'))
  edit(Array.from({ length: 1_000 }, (_, index) => `nonsense_${index}: true\n`).join(''))
  const { mistakes } = configuration.state()
  assert.equal(mistakes.length, 101)
  assert.deepEqual(mistakes.at(-1), { line: null, text: '... and 900 more' })
})

test('a process that begins with the first reading and takes what came since is where the first one is', () => {
  const { configuration, edit } = startedWith(cluster('a'))
  assert.deepEqual(configuration.since, [])
  const successor = () => {
    const { configuration: own } = startedWith(cluster('a'))
    for (const files of configuration.since) own.take(readAsThen(read, files))
    return { names: namesOf(own.current), mistakes: own.state().mistakes.length }
  }
  edit(cluster('b'))
  assert.deepEqual(successor(), { names: ['b'], mistakes: 0 })
  edit('nonsense: true\n')
  edit('nonsense: false\n')
  assert.equal(configuration.since.length, 2)
  assert.deepEqual(successor(), { names: ['b'], mistakes: 1 })
  edit(undefined)
  assert.deepEqual(successor(), { names: ['b'], mistakes: 1 })
  edit(cluster('c'))
  assert.deepEqual(successor(), { names: ['c'], mistakes: 0 })
})

test('a file that is gone takes nothing with it; one that was never there may come', () => {
  const { configuration, edit } = startedWith(undefined)
  edit(cluster('a'))
  assert.deepEqual(namesOf(configuration.current), ['a'])
  edit(undefined)
  assert.deepEqual(namesOf(configuration.current), ['a'])
  assert.match(configuration.state().mistakes[0]?.text ?? '', /^parley\.yaml: is gone/)
})

test('nor does one that is empty, as a full disk leaves it; a comment is enough to mean it', () => {
  const { configuration, edit } = startedWith(cluster('a'))
  edit(' \n')
  assert.deepEqual(namesOf(configuration.current), ['a'])
  assert.match(configuration.state().mistakes[0]?.text ?? '', /^parley\.yaml: is empty/)
  edit('# nothing here\n')
  assert.deepEqual(namesOf(configuration.current), [])
  assert.deepEqual(configuration.state().mistakes, [])
})
