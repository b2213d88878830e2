import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBlockStream } from './block-stream.ts'
import { deepestNesting } from './inline-pieces.ts'
import { elementsOf } from './sequence.ts'
import type { Block, Item, Span } from './tree.ts'

const size = 256 * 1024
const patterns: readonly string[] = [
  ...[
    '>',
    '> ',
    '[',
    '![',
    '*',
    '**a ',
    '*a **b ',
    '_',
    '`',
    '``a ',
    '~',
    '~~a',
    '$',
    '$a ',
    '$$',
    '\\(',
    '\\[',
    '<',
    '<a ',
    '<!--',
  ],
  ...[
    '[a](',
    '[a](<',
    '[a]("',
    '![a](',
    '[a][',
    '[[a]',
    ']',
    '](',
    '&',
    '&amp',
    '|',
    '|-',
    '- ',
    '-',
    '1. ',
    '# ',
    '#',
    '=',
    ':',
    '@',
  ],
  ...[
    'a@',
    'http://',
    'www.',
    'a_',
    '*_',
    '***',
    '[a]: ',
    '!',
    '\\',
    '\t',
    ' ',
    '\u202e',
    '\ud83d',
    '(',
    'a**b',
    '**_[`$',
  ],
  ...['>\n', '- a\n  - b\n', '[a]: https://a.example\n', '|a|b|\n', '```\n', '$$\n', '\n', '\\\n', '  \n', '    a\n'],
  ...['> - ', 'a\n', '`\n', '| a\n|-\n', '~~~\n```\n', '\r', '\r\n', '\0', '[a\n'],
]

/** Generous: the slowest takes a tenth of it on the machine this was written on. */
const boundMs = 5000

for (const pattern of patterns)
  test(`256 KiB of ${JSON.stringify(pattern)} neither throw nor hang`, () => {
    const text = pattern.repeat(Math.ceil(size / pattern.length))
    const start = process.cpuUsage()
    const stream = createBlockStream()
    stream.read(text, true)
    const document = stream.read(text, false)
    const { user, system } = process.cpuUsage(start)
    assert.ok((user + system) / 1000 < boundMs, `${(user + system) / 1000} ms`)
    const depth = Math.max(0, ...elementsOf(document.blocks).map(blockDepth))
    assert.ok(depth <= 100 + deepestNesting, `nested ${depth} deep`)
  })

test('quotes within quotes stay what they are up to a hundred, and are text below', () => {
  const document = createBlockStream().read(`${'>'.repeat(10_000)} end`, false)
  assert.equal(Math.max(...elementsOf(document.blocks).map(blockDepth)), 100)
})

function blockDepth(block: Block | Item): number {
  switch (block.kind) {
    case 'quote':
    case 'item':
      return 1 + Math.max(0, ...elementsOf(block.children).map(blockDepth))
    case 'list':
      return Math.max(0, ...elementsOf(block.items).map(blockDepth))
    case 'paragraph':
    case 'heading':
      return block.spans.reduce((deepest, span) => Math.max(deepest, spanDepth(span)), 0)
    case 'table':
      return Math.max(
        0,
        ...elementsOf(block.rows)
          .flatMap(row => row.cells.flatMap(cell => cell.map(spanDepth)))
          .slice(0, 9999),
      )
    case 'code':
    case 'math-block':
    case 'rule':
      return 0
  }
}

function spanDepth(span: Span): number {
  return span.reduce((deepest, node) => Math.max(deepest, 'children' in node ? 1 + spanDepth(node.children) : 0), 0)
}
