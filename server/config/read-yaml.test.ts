import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readYaml } from './read-yaml.ts'

const mistakesOf = (source: string) => readYaml(source).mistakes.map(({ line, message }) => `${line}: ${message}`)

test('a mistake of syntax has its line, and nothing of the text', () => {
  const cases = {
    'a: 1\nb:\n\tc: sk-123\n': '3: is not YAML here: a tab in the indentation; use spaces',
    'a: 1\nb: "sk-123\n': '3: is not YAML here: a quote, bracket, colon, comma or space is missing',
    'a: 1\nb: sk: 123\n':
      '2: is not YAML here: a second "key: value" on one line, or a text with ": " in it that needs quotes',
    'a: 1\nb: [sk-123\nc: 1\n': '3: is not YAML here: the indentation does not fit the lines above',
    'a: 1\nb: !sk-123 x\n': '2: is not YAML here: an unknown tag (a text that begins with "!" needs quotes)',
    'a: 1\n---\nb: sk-123\n': '2: is not YAML here: a second document begins; only one is read',
    'a: 1\n? [sk-123]\n: 2\n': '2: is not YAML here: a key must be text',
    'a: 1\n} sk-123\n': '2: is not YAML here: something follows that does not belong there; a text may need quotes',
  }
  for (const [source, expected] of Object.entries(cases)) {
    const [first] = mistakesOf(source)
    assert.equal(first, expected)
  }
})

test('a line is that of the setting, else that of its nearest parent', () => {
  const { lineOf } = readYaml('# head\na:\n  b: 1\n  c:\n    - x\n    - y: 2\n')
  assert.deepEqual(
    [['a'], ['a', 'b'], ['a', 'c', 1], ['a', 'c', 1, 'y'], ['a', 'c', 1, 'z'], ['d']].map(lineOf),
    [2, 3, 6, 6, 6, 2],
  )
})

test('keys are text, whatever they look like', () => {
  assert.deepEqual(readYaml('1: a\ntrue: b\n').value, { 1: 'a', true: 'b' })
})

test('a merged map gives way to the keys beside it, and the earlier of two wins', () => {
  const yaml = 'x: &x { a: 1, b: 1, c: 1 }\ny: &y { b: 2, d: 2 }\nz: { a: 3, <<: [*y, *x] }\n'
  assert.partialDeepStrictEqual(readYaml(yaml).value, { z: { a: 3, b: 2, c: 1, d: 2 } })
  assert.deepEqual(mistakesOf('z:\n  <<: 1\n'), ['2: must be a map or a list of maps'])
})

test('an alias needs an anchor above it, so nothing can hold itself', () => {
  assert.deepEqual(mistakesOf('a: 1\nb: *c\n'), ['2: names an anchor that is not set above: *c'])
  assert.deepEqual(mistakesOf('a: &a [*a]\n'), ['1: names an anchor that is not set above: *a'])
})

test('a few lines that stand for billions of values are refused', () => {
  const tower = (level: (below: string) => string) =>
    [...'bcdefghij'].map((name, index) => `${name}: &${name} ${level('abcdefghi'[index] ?? '')}`).join('\n')
  const nine = (name: string) => Array(9).fill(`*${name}`).join(', ')
  const laughs = `a: &a [ha]\n${tower(below => `[${nine(below)}]`)}\n`
  const merges = `a: &a { ha: 1 }\n${tower(below => `{ <<: [${nine(below)}] }`)}\n`
  for (const source of [laughs, merges])
    assert.deepEqual(mistakesOf(source), ['undefined: holds more than 50000 values'])
})

test('nesting beyond any use is refused on its line', () => {
  assert.deepEqual(mistakesOf('a: [b, {c: \n'.repeat(20)), ['17: is nested more than 32 levels deep'])
  const stairs = Array.from({ length: 40 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')
  assert.match(mistakesOf(stairs)[0] ?? '', /^3\d: is nested more than 32 levels deep$/)
})

test('a megabyte of garbage is refused at once, and so is the worst that fits in the size allowed', () => {
  assert.deepEqual(mistakesOf('x: 1\n'.repeat(200_000)), ['undefined: must be at most 128 KiB'])
  const patterns = [
    '[',
    '{',
    '- ',
    '? ',
    'a: ',
    '"',
    '&a ',
    '!x ',
    '*a ',
    '}',
    'a: !b c\n',
    'a: {b: \n',
    '---\n',
    '%X 1\n',
    '[]',
  ]
  for (const pattern of patterns) {
    const source = pattern.repeat(131_072 / pattern.length)
    const startedAt = performance.now()
    assert.notEqual(readYaml(source).mistakes.length, 0, JSON.stringify(pattern))
    // Half a minute is slow, but what this guards against took minutes for a tenth of it.
    assert.ok(performance.now() - startedAt < 30_000, JSON.stringify(pattern))
  }
})

test('many keys in one map take no longer than as many elsewhere', () => {
  const source = Array.from({ length: 10_000 }, (_, index) => `k${index}: 1`).join('\n')
  const startedAt = performance.now()
  assert.deepEqual(mistakesOf(source), [])
  assert.ok(performance.now() - startedAt < 10_000)
})
