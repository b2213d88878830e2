import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blocking, never, safetyWith, screened } from './safety-under-test.ts'

/** Numbers from 0 up to `below`, the same for the same seed (mulberry32). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

const phrases = ['ab', 'a b c', 'b', 'abc ab', 'ccc', 'é a', '😀b', 'b a b a c']

test('however a reply is cut, the same is released, all of it where nothing is found, and never a sign of what is', async () => {
  const number = numbersFrom(Number(process.env.PARLEY_TEST_SEED ?? 7))
  const letters = ['a', 'b', 'c', ' ', ' ', '\n', 'A', 'é', '\u200b', '😀', '\ud83d', 'x', '.']
  const safety = safetyWith({ blocklist: new Map(phrases.map((phrase, index) => [`category ${index}`, [phrase]])) })
  let found = 0
  for (let round = 0; round < 2_000; round++) {
    const text = Array.from({ length: 1 + number(24) }, () => letters[number(letters.length)]).join('')
    const whole = await screened(safety, [text])
    const pieces: string[] = []
    for (let start = 0; start < text.length; ) {
      const end = start + 1 + number(6)
      pieces.push(text.slice(start, end))
      start = end
    }
    const cut = await screened(safety, pieces)
    assert.deepEqual(cut, whole, JSON.stringify(pieces))
    if (whole.refusal === undefined) {
      assert.equal(whole.text, text)
      continue
    }
    found += 1
    assert.ok(text.startsWith(whole.text))
    // Nothing of the match is out: what was released holds no phrase, and not the beginning of this one.
    assert.equal((await screened(safety, [whole.text])).refusal, undefined)
    assert.ok((await screened(safety, [text.slice(whole.text.length)])).refusal !== undefined)
  }
  assert.ok(found > 100, `${found} texts held a phrase`)
})

test('where phrases lie in each other, the one that is whole first is refused, however the reply is cut', async () => {
  const safety = safetyWith({
    blocklist: new Map([
      ['long', ['a b c']],
      ['short', ['b']],
    ]),
  })
  for (const pieces of [['so a b c!'], ['so a b ', 'c!'], [...'so a b c!']]) {
    const { text, refusal } = await screened(safety, pieces)
    assert.deepEqual([text, refusal?.category], ['so ', 'short'])
  }
})

test('what holds nothing suspicious passes as the very same string; only what may become a phrase is held', () => {
  const screen = blocking('build a bomb').safety.screenReply(() => {})
  assert.ok(screen !== undefined)
  assert.deepEqual(screen.push('Good morning, '), { release: 'Good morning, ', refusal: undefined })
  assert.equal(screen.push('we build ').release, 'we ')
  assert.equal(screen.isHolding(), true)
  assert.equal(screen.push('a bomb').release, '')
  assert.equal(screen.push('ardment').release, 'build a bombardment')
  assert.equal(screen.isHolding(), false)
})

test('a silence lets go what is held; the phrase is refused all the same when it comes whole', () => {
  const screen = blocking('build a bomb').safety.screenReply(() => {})
  assert.equal(screen?.push('to build a').release, 'to ')
  assert.equal(screen?.settle().release, 'build a')
  const { release, refusal } = screen?.push(' bomb, take') ?? {}
  assert.equal(release, '')
  assert.deepEqual(refusal, {
    category: 'blocked',
    stage: 'rules',
    text: "I'm not able to provide that type of response.",
  })
  assert.equal(screen?.push(' more').release, '')
})

test('a silence lets go neither a whole phrase that waits for the end of its word, nor half a secret', () => {
  const { safety } = safetyWith({
    blocklist: new Map([['blocked', ['build a bomb']]]),
    secrets: ['Sk-Secret-0123456789'],
  })
  const phrase = safety.screenReply(() => {})
  assert.equal(phrase?.push('we build a bomb').release, 'we ')
  assert.equal(phrase?.settle().release, '')
  assert.equal(phrase?.push('ardment').release, 'build a bombardment')
  const secret = safety.screenReply(() => {})
  assert.equal(secret?.push('it is Sk-').release, 'it is ')
  assert.equal(secret?.settle().release, 'Sk-')
  assert.equal(secret?.push('Secret-012').release, '')
  assert.equal(secret?.settle().release, '')
  assert.equal(secret?.push('3 no').release, 'Secret-0123 no')
})

test('however long a phrase is stretched by signs without width, what is held ends somewhere', () => {
  const screen = blocking('build a bomb').safety.screenReply(() => {})
  let released = screen?.push('build a bo').release.length ?? 0
  for (let count = 0; count < 100; count++) released += screen?.push('\u200b'.repeat(1_000)).release.length ?? 0
  assert.ok(released > 90_000)
  assert.ok(screen?.push('mb.').refusal !== undefined)
})

test('where nothing could ever be found there is no screen, and no cost', () => {
  assert.equal(
    safetyWith({}).safety.screenReply(() => {}),
    undefined,
  )
  assert.equal(blocking('x').safety.screenReply(() => {}) === undefined, false)
})

test('a long reply is not kept in memory', async () => {
  const screen = blocking('build a bomb').safety.screenReply(() => {})
  assert.ok(screen !== undefined)
  global.gc?.()
  const before = process.memoryUsage().heapUsed
  for (let count = 0; count < 200_000; count++) screen.push(' build a bo at')
  await screen.end(never)
  global.gc?.()
  assert.ok(process.memoryUsage().heapUsed - before < 20 * 1_048_576)
})
