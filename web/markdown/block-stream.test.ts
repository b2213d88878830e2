import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBlockStream } from './block-stream.ts'
import { elementsOf } from './sequence.ts'
import { documents } from './testing/documents.ts'

/** Numbers below one, the same in every run (a linear congruential generator with the constants of Numerical Recipes). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
}

test('an answer that arrived in pieces, however cut, is the same as one that arrived whole', () => {
  const next = random(7)
  for (const text of documents) {
    const whole = createBlockStream().read(text, false)
    for (let round = 0; round < 12; round += 1) {
      const stream = createBlockStream()
      const largest = 1 + Math.floor(next() * Math.max(40, text.length / 20))
      for (let end = 0; end < text.length; end += 1 + Math.floor(next() * largest))
        stream.read(text.slice(0, end), true)
      stream.read(text, true)
      assert.deepEqual(stream.read(text, false), whole)
    }
  }
})

test('what stands behind a formula, and a label in brackets that leads nowhere, is shown', () => {
  const shown = (text: string) => {
    const blocks = elementsOf(createBlockStream().read(text, false).blocks)
    return [...JSON.stringify(blocks).matchAll(/"text?":"([^"]*)"/g)].map(([, written]) => written).join('')
  }
  assert.match(shown('\\[\na = b\n\\], where a is the mass.'), /^a = b, where a is the mass\.$/)
  assert.match(shown('$$\nx\n$$ and so on\nfor long'), /^xand so on\\nfor long$/)
  assert.match(shown('[INFO]: started\n[Alice]: Hello'), /^INFO: started\\nAlice: Hello$/)
  assert.equal(shown('[a]\n\n[a]: https://a.example'), 'a')
})

test('what is shown while an answer streams depends on its text alone, not on how it came', () => {
  const text = documents.join('\n\n').slice(0, 2500)
  const stream = createBlockStream()
  for (let end = 1; end <= text.length; end += 1) {
    const shown = stream.read(text.slice(0, end), true)
    if (end % 25 === 0) assert.deepEqual(shown, createBlockStream().read(text.slice(0, end), true))
  }
})

test('a text that does not go on from the last one is read afresh', () => {
  const stream = createBlockStream()
  for (const text of documents) assert.deepEqual(stream.read(text, false), createBlockStream().read(text, false))
})

const kinds: Readonly<Record<string, (token: number) => string>> = {
  prose: token => (token % 120 === 119 ? '.\n\n' : token % 17 === 16 ? ' **two** and `c` ' : 'word '),
  'one paragraph': token => (token % 17 === 16 ? ' **two** and [a](https://b.example), $5 or ' : 'word '),
  'one paragraph with open marks': token => (token % 50 === 49 ? ' *open ' : 'word '),
  'one code fence': token => (token === 0 ? '```ts\n' : token % 9 === 8 ? '\n' : ' x = 1'),
  'one list': token => (token % 12 === 0 ? '\n- item' : ' word'),
  'one nested list': token => (token === 0 ? '- top\n' : token % 12 === 0 ? '\n  - item' : ' word'),
  'one table': token =>
    token === 0 ? '| a | b |\n|--|--|' : token % 10 === 0 ? '|\n| x' : token % 5 === 0 ? '| ' : ' word',
  'nested quotes': token => (token % 30 === 0 ? '\n> > > ' : ' word'),
  'math blocks': token => (token % 20 === 0 ? '\n\n$$\n' : token % 20 === 19 ? '\n$$\n' : 'x^2 + '),
  'inline math': token => (token % 10 === 0 ? ' $x^2' : token % 10 === 3 ? '$ then' : ' + y'),
  'text without spaces': token => (token % 20 === 19 ? '。' : '長い文章'),
}

for (const [kind, token] of Object.entries(kinds))
  test(`an answer of 5,000 tokens costs the same per token at its end as at its start: ${kind}`, () => {
    const meter = { characters: 0 }
    const stream = createBlockStream(meter)
    let text = ''
    const costs: number[] = []
    for (let index = 0; index < 5000; index += 1) {
      text += token(index)
      const before = meter.characters
      stream.read(text, true)
      costs.push(meter.characters - before)
    }
    const total = (from: number, to: number) => costs.slice(from, to).reduce((sum, cost) => sum + cost, 0)
    // A span of text is cut after 240 characters at the earliest and read again for each token until then; open marks
    // delay the cut up to 4,096 characters.
    assert.ok(total(0, 5000) < 650 * text.length, `${total(0, 5000)} characters read for ${text.length}`)
    assert.ok(Math.max(...costs) <= 3 * 4096, `at most ${Math.max(...costs)} characters for one token`)
    assert.ok(total(4000, 5000) <= 2 * total(1000, 2000) + 10_000, 'the end costs what the start did')
  })

test('what is finished keeps its identity, so that nothing is rendered twice', () => {
  const stream = createBlockStream()
  const text = `${'first '.repeat(100)}\n\n- a\n- b\n- c`
  const [first, list] = elementsOf(stream.read(text, true).blocks)
  const [firstLater, listLater] = elementsOf(stream.read(`${text}ontinued\n- d`, false).blocks)
  assert.equal(first, firstLater)
  assert.ok(list?.kind === 'list' && listLater?.kind === 'list')
  assert.equal(elementsOf(list.items)[0], elementsOf(listLater.items)[0])
  assert.equal(
    elementsOf(list.items)[1]?.children.chunks[0]?.[0],
    elementsOf(listLater.items)[1]?.children.chunks[0]?.[0],
  )
})

test('a long item is not read again while the next one is written', () => {
  const meter = { characters: 0 }
  const stream = createBlockStream(meter)
  const text = `- ${'word '.repeat(4000)}\n- next`
  stream.read(text, true)
  const before = meter.characters
  stream.read(`${text} one`, true)
  assert.ok(meter.characters - before < 100)
})

test('a line that ends with its own <br> is broken once', () => {
  const [block] = elementsOf(createBlockStream().read('roses<br>\nviolets', false).blocks)
  assert.ok(block?.kind === 'paragraph')
  assert.deepEqual(block.spans.flat(), [
    { kind: 'text', text: 'roses' },
    { kind: 'break' },
    { kind: 'text', text: 'violets' },
  ])
})
