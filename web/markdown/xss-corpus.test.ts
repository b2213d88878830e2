import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBlockStream } from './block-stream.ts'
import { xssCorpus } from './testing/xss-corpus.ts'

const kinds = [
  ...[
    'paragraph',
    'heading',
    'code',
    'math-block',
    'quote',
    'list',
    'item',
    'table',
    'row',
    'rule',
    'text',
    'strong',
    'emphasis',
  ],
  ...['strikethrough', 'code-span', 'math-span', 'link', 'reference', 'image', 'break'],
]
/** What a node may hold besides nodes. There is no field for mark-up, attributes or handlers. */
const fields = [
  ...[
    'kind',
    'text',
    'tex',
    'display',
    'closed',
    'level',
    'language',
    'lines',
    'start',
    'loose',
    'task',
    'alignments',
    'url',
    'host',
  ],
  ...[
    'title',
    'showsHost',
    'label',
    'image',
    'suffix',
    'alt',
    'children',
    'spans',
    'items',
    'header',
    'rows',
    'cells',
    'chunks',
    'length',
  ],
]

/** Every object within a value. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn)
  if (value instanceof Map) return [...value.values()].flatMap(objectsIn)
  if (typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value)
  return [Object.fromEntries(entries), ...entries.flatMap(([, inner]) => objectsIn(inner))]
}

test('the corpus is large', () => assert.ok(new Set(xssCorpus).size >= 120))

for (const streaming of [false, true])
  test(`no text of the corpus becomes anything but known nodes and safe addresses, ${streaming ? 'streaming' : 'whole'}`, () => {
    for (const text of xssCorpus) {
      const { blocks, definitions } = createBlockStream().read(text, streaming)
      for (const node of [...objectsIn(blocks), ...objectsIn(definitions)]) {
        if ('kind' in node) assert.ok(kinds.includes(String(node.kind)), `${text}: ${node.kind}`)
        assert.deepEqual(
          Object.keys(node).filter(key => !fields.includes(key)),
          [],
          text,
        )
        if (!('url' in node)) continue
        const url = new URL(String(node.url))
        assert.ok(['https:', 'http:', 'mailto:'].includes(url.protocol), `${text}: ${url.href}`)
        assert.equal(url.username + url.password, '', text)
        assert.doesNotMatch(String(node.host), /[^\x21-\x7e]/, text)
      }
    }
  })

test('a link that names another host than it leads to says so, and a homograph is told by its punycode', () => {
  const links = (text: string) =>
    objectsIn(createBlockStream().read(text, false).blocks).filter(node => node.kind === 'link')
  assert.deepEqual(
    links('[https://bank.example](https://evil.example)').map(link => [link.host, link.showsHost]),
    [['evil.example', false]],
  )
  assert.deepEqual(
    links('[a](https://bank.example@evil.example)').map(link => [link.host, link.url]),
    [['evil.example', 'https://evil.example/']],
  )
  assert.deepEqual(
    links('https://\u0430pple.example/').map(link => [link.host, link.showsHost]),
    [['xn--pple-43d.example', false]],
  )
  assert.deepEqual(
    links('[good.example/page](https://good.example/x)').map(link => link.showsHost),
    [true],
  )
})

test('characters that reorder text are spelt out in code and left out elsewhere', () => {
  const strings = (text: string) => JSON.stringify(objectsIn(createBlockStream().read(text, false).blocks))
  for (const text of ['`a\u202eb`', '```\na\u202eb\n```', '    a\u202eb', '$a\u202eb$'])
    assert.match(strings(text), /U\+202E/, text)
  for (const text of [
    'a\u202eb',
    '[a\u202eb](https://good.example)',
    '![\u202ex](https://good.example)',
    '<https://a.example/\u202ex>',
  ])
    assert.doesNotMatch(strings(text), /\u202e/, text)
})
