import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOverlapDropper, textToGoOnFrom } from './drop-overlap.ts'

/** The whole text, where a second cluster says `pieces`. */
function join(said: string, ...pieces: readonly string[]): string {
  const dropper = createOverlapDropper(said)
  return said + pieces.map(piece => dropper.push(piece)).join('') + dropper.end()
}

const river = 'The river runs past seven quiet towns.'

test('what goes on exactly is joined as it is, however it is cut in two', () => {
  const texts = [
    `${river} It turns back at the eighth, and nobody knows why.`,
    'Übergröße, naïve, Ελλάδα, 日本語の川は静かに流れる。𝒳𝒴 🚀👩‍👩‍👧 and back.',
    '```py\ndef total(rows):\n    result = 0\n    for row in rows:\n        result += row\n    return result\n```\n',
    '| a | b |\n|---|---|\n| 0 | 0 |\n| 0 | 0 |\n| 0 | 0 |\n| 1 | 0 |\n',
    'ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha',
    'line one\n\n\n\n   line two  \n\t\tline three\n',
    '[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]',
    `${'Row, row, row your boat, gently down the stream.\n'.repeat(3)}Merrily, merrily.`,
  ]
  for (const text of texts) {
    for (let cut = 1; cut < text.length; cut++) {
      const said = text.slice(0, cut)
      // A cluster that was given less goes on from there.
      assert.equal(join(said, text.slice(textToGoOnFrom(said).length)), text, `cut at ${cut}`)
    }
  }
})

test('a line, a sentence or the whole answer that is said once more is dropped', () => {
  const begun = 'It turns back where the mill'
  for (const [said, said2, whole] of [
    [river, `${river} It turns.`, `${river} It turns.`],
    [`${river} ${begun}`, `${begun} stood.`, `${river} ${begun} stood.`],
    [`${river} ${begun}`, ` ${begun} stood.`, `${river} ${begun} stood.`],
    [`${river} ${begun}`, `${river} ${begun} stood.`, `${river} ${begun} stood.`],
    [`${river}\n${begun}`, `${begun} stood.`, `${river}\n${begun} stood.`],
    [`${river}\n\n${begun}`, `${river}\n\n${begun}`, `${river}\n\n${begun}`],
    [`${river}\n\n`, `${river}\n\nNext.`, `${river}\n\nNext.`],
    [
      '静かな川は七つの町を過ぎて海へ。そして戻ってくる川の水は誰も知らない海からまた空へ',
      '静かな川は七つの町を過ぎて海へ。そして戻ってくる川の水は誰も知らない海からまた空へ帰る',
      '静かな川は七つの町を過ぎて海へ。そして戻ってくる川の水は誰も知らない海からまた空へ帰る',
    ],
  ] as const) {
    assert.equal(join(said, said2), whole)
  }
})

test('of the white space that is asked for again, what comes is dropped, and no more', () => {
  assert.equal(join('one ', ' two'), 'one two')
  assert.equal(join('one ', 'two'), 'one two')
  assert.equal(join('one\n\n', '\n\n', 'two'), 'one\n\ntwo')
  assert.equal(join('one\n\n', '\n', '\n', '\n', 'two'), 'one\n\n\ntwo')
  assert.equal(join('if x:\n  ', '\n    return'), 'if x:\n    return')
  assert.equal(join('one \ud83d', ' 🚀 two'), 'one 🚀 two')
  assert.equal(join('one', ' two'), 'one two')
  assert.equal(join(' \n', ' \nHello'), ' \nHello')
})

test('what a text may say twice by itself is kept', () => {
  const row = '| north | 120 | 80 | 17 % |\n'
  for (const [said, next] of [
    ['ha', 'ha ha'],
    ['ha ha ha ha ha ha ha ha ha ha ha ha', ' ha ha ha ha ha ha ha ha ha ha'],
    ['1', '10 apples'],
    ['No.', 'No. Never.'],
    // It was saying the row a second time already, or had said it before.
    [`${row}${row.slice(0, 9)}`, row.slice(9) + row],
    [`${row}text\n${row}`, row],
    // In the middle of a line nobody begins anew.
    ['export const first: Format;\nexport const second', ': Format;\nexport const secondTwice: Format;'],
    [`${'-'.repeat(60)}`, '-'.repeat(60)],
    [`a,b\n${'0,0\n'.repeat(30)}`, '0,0\n'.repeat(30)],
  ] as const) {
    const asked = textToGoOnFrom(said)
    assert.equal(join(said, said.slice(asked.length) + next), said + next)
  }
})

test('the outcome is the same however the new text comes in pieces', () => {
  let state = 7
  const below = (limit: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % limit
  }
  const words = ['ha ', 'the river ', 'runs past ', '| 0 | ', '\n', '\n\n', '  ', 'seven. ', '🚀', '川。', 'x']
  const textOf = (count: number) => Array.from({ length: count }, () => words[below(words.length)]).join('')
  for (let round = 0; round < 3_000; round++) {
    const said = textOf(1 + below(20))
    const next = said.slice(below(said.length)) + textOf(below(10))
    const whole = join(said, next)
    assert.equal(join(said, ...next), whole)
    const pieces: string[] = []
    for (let place = 0; place < next.length; ) {
      const end = place + below(9)
      pieces.push(next.slice(place, end))
      place = end
    }
    assert.equal(join(said, ...pieces), whole)
  }
})

test('nothing is held back longer than it may still be a repetition, and a long answer costs no time', () => {
  const dropper = createOverlapDropper(`${river} It turns back`)
  assert.equal(dropper.push(' at'), ' at')
  assert.equal(dropper.push(' the'), ' the')
  const monotonous = 'a\n'.repeat(20_000)
  const startedAt = performance.now()
  assert.equal(join(monotonous, monotonous).length, 80_000)
  assert.ok(performance.now() - startedAt < 1_000)
})
