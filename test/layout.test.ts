import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')

/** Who may import whom: the arrows of ARCHITECTURE.md, which is checked against this table below. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  kit: ['protocol'],
  store: ['protocol', 'kit'],
  'llm-router': ['protocol', 'kit'],
  redis: ['protocol', 'kit'],
  hub: ['protocol', 'kit'],
  'load-sharing': ['protocol', 'kit', 'llm-router', 'redis', 'hub'],
  'prompt-cache': ['protocol', 'kit', 'store', 'redis', 'hub'],
  safety: ['protocol', 'kit'],
  telemetry: ['protocol', 'kit', 'hub'],
  embedded: ['protocol', 'kit'],
  chat: ['protocol', 'kit', 'prompt-cache', 'llm-router', 'safety', 'store'],
  peers: ['protocol', 'kit', 'chat'],
  accounts: ['protocol', 'kit', 'store'],
  admin: ['protocol', 'kit', 'store', 'accounts', 'llm-router', 'safety'],
  gateway: ['protocol', 'kit', 'redis', 'hub', 'chat', 'accounts', 'admin', 'safety'],
}
/** Values of these may be imported everywhere; of all others only types. */
const shared = ['protocol', 'kit']
/** Outside the modules: the composition root, the processes (server and commands), which know everyone, and what they configure. */
const roots = [
  ...['wire.ts', 'main.ts', 'start.mjs', 'commands', 'parley.mjs'],
  ...['config.ts', 'config', 'explain-failure.ts', 'prepare-page.ts', 'process'],
]

interface Import {
  readonly file: string
  readonly target: string
  readonly typeOnly: boolean
}

const folderOf = (module: string) => (module === 'protocol' ? 'protocol' : join('server', module))

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^'";]*?\bfrom\s+'([^']+)'/gm)
  const bare = text.matchAll(/(?:^|\s|\()import\s*\(?\s*'([^']+)'/gm)
  return [
    ...[...statements].map(([, type, target = '']) => ({ file, target, typeOnly: type !== undefined })),
    ...[...bare].map(([, target = '']) => ({ file, target, typeOnly: false })),
  ]
}

const isTest = (file: string) => /\.test\.ts$/.test(file)

test('imports follow the arrows of the picture, and across modules only types cross', () => {
  const offences: string[] = []
  for (const [module, allowed] of Object.entries(arrows)) {
    for (const file of sourceFiles(folderOf(module)).filter(name => !isTest(name))) {
      for (const { target, typeOnly } of importsOf(file)) {
        if (target.startsWith('.')) {
          const reached = relative(root, resolve(root, dirname(file), target))
          if (!reached.startsWith(`${folderOf(module)}/`)) offences.push(`${file}: "${target}" leaves its module`)
        } else if (target.startsWith('#')) {
          const other = target.slice(1)
          if (!allowed.includes(other)) offences.push(`${file}: ${module} may not import ${other}`)
          else if (!typeOnly && !shared.includes(other))
            offences.push(`${file}: a value of ${other} crosses; use import type`)
        }
      }
    }
  }
  assert.deepEqual(offences, [])
})

test('protocol knows nothing but the schema library', () => {
  const foreign = sourceFiles('protocol')
    .filter(file => !isTest(file))
    .flatMap(importsOf)
    .filter(({ target }) => !target.startsWith('.') && target !== 'zod')
  assert.deepEqual(foreign, [])
})

test('the page knows the server by its protocol alone, whose types it imports', () => {
  const offences = sourceFiles('web')
    .flatMap(importsOf)
    .filter(({ file, target, typeOnly }) => {
      if (target.startsWith('#')) return target !== '#protocol' || !typeOnly
      return target.startsWith('.') && !resolve(root, dirname(file), target).startsWith(join(root, 'web'))
    })
  assert.deepEqual(offences, [])
})

test('only the entry points read the environment, for config.ts', () => {
  const readers = sourceFiles('server')
    .filter(file => !isTest(file) && readFileSync(join(root, file), 'utf8').includes('process.env'))
    .filter(file => !['server/main.ts', 'server/commands/parley.ts'].includes(file))
  assert.deepEqual(readers, [])
})

test('the folders of server/ are the modules of the picture', () => {
  const folders = readdirSync(join(root, 'server')).filter(name => !roots.includes(name) && !isTest(name))
  const modules = Object.keys(arrows).filter(module => module !== 'protocol')
  assert.deepEqual(folders.sort(), modules.sort())
})

test('every module has a face: index.ts, with a head comment and no logic', () => {
  for (const module of Object.keys(arrows)) {
    const face = readFileSync(join(root, folderOf(module), 'index.ts'), 'utf8')
    assert.match(face, /^\/\*\*\n( \* .*\n)+ \*\/\n/, `${module}/index.ts begins with what it is for`)
    assert.match(face, /Must never/, `${module}/index.ts says what it must never do`)
    const statements = face.replace(/\/\*\*[\s\S]*?\*\//g, '').match(/^\S.*$/gm) ?? []
    for (const statement of statements)
      assert.match(statement, /^(export|\}|import type)/, `${module}/index.ts: ${statement}`)
  }
})

test('ARCHITECTURE.md tells the truth, in at most 150 lines', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  assert.ok(text.split('\n').length <= 150)
  const rows = [...text.matchAll(/^\| `([a-z-]+)\/` \|[^|]*\| ([^|]*) \|$/gm)]
  const told = Object.fromEntries(rows.map(([, module = '', allowed = '']) => [module, allowed.trim()]))
  const true_ = Object.fromEntries(
    Object.entries(arrows).map(([module, allowed]) => [module, allowed.join(', ') || 'zod alone']),
  )
  assert.deepEqual(told, true_)
  const paths = [...text.matchAll(/`((?:server|protocol|web|docs|test|bench|models|training)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  )
  assert.ok(paths.length > 20)
  assert.deepEqual(
    paths.filter(path => !existsSync(join(root, path))),
    [],
    'every path it names exists',
  )
})

test('every part, name, table, test and criterion of the mission is mapped to the code where it lives', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const table = text.slice(text.indexOf('## Mission -> code'))
  const wanted = [
    ...['API gateway', 'chat service', 'LLM router', 'prompt cache', 'safety filter', 'GPU cluster', 'clients'],
    ...['`chat(', 'select_cluster', 'ModelNotAvailableError', '`generate(', '`is_safe', 'conversations', 'messages'],
    ...[
      'usage',
      'Test (a)',
      'Test (b)',
      'Test (c)',
      'Test (d)',
      'First token',
      '50 tokens/s',
      '99.9 %',
      '99 % accurate',
    ],
  ]
  for (const name of wanted) assert.ok(table.includes(name), `the table names ${name}`)
})

test('no file hides what is inside, and none is longer than an idea', () => {
  const files = ['protocol', 'server', 'test', 'web'].flatMap(sourceFiles)
  const vague = files.filter(file => /(^|\/)(utils?|helpers?|types|common|misc|manager)[.-]/.test(file))
  assert.deepEqual(vague, [])
  const long = files.filter(file => readFileSync(join(root, file), 'utf8').split('\n').length > 330)
  assert.deepEqual(long, [])
})
