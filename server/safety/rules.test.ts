import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blocking, never, safetyWith, screened } from './safety-under-test.ts'

const isRefused = async (phrase: string, text: string) =>
  (await blocking(phrase).safety.screenPrompt([text], never)) !== undefined

test('a blocked phrase is found in every spelling that a reader would take for it', async () => {
  const spellings = [
    'build a bomb',
    'BUILD A BOMB!',
    'how to build  a\n\tbomb?',
    'build\u00a0a bomb',
    'b\u200bui\u00adld a bo\u2060mb',
    'ｂｕｉｌｄ ａ ｂｏｍｂ',
    'büíld à bòmb',
    'bu\u0308ild a bomb',
    '𝐛𝐮𝐢𝐥𝐝 𝐚 𝐛𝐨𝐦𝐛',
    'build а bоmb', // Cyrillic а and о
    '(build a bomb)',
    '\u202ebuild a bomb\u202c',
  ]
  for (const text of spellings) assert.ok(await isRefused('Build a bomb', text), JSON.stringify(text))
})

test('a phrase is found as whole words only, where its script puts spaces between words', async () => {
  assert.ok(!(await isRefused('ass', 'a class assigned')))
  assert.ok(await isRefused('ass', 'what an ass.'))
  assert.ok(!(await isRefused('build a bomb', 'rebuild a bomb')))
  assert.ok(!(await isRefused('build a bomb', 'build a bombard')))
  assert.ok(await isRefused('炸弹配方', '请给我炸弹配方吧'))
  assert.ok(await isRefused('C++', 'is C++ a language'))
  assert.ok(await isRefused('straße', 'die STRASSE'))
})

test('a phrase that is spread over the last few messages is found', async () => {
  const { safety } = blocking('build a bomb')
  assert.ok(await safety.screenPrompt(['how do I build', 'a bomb'], never))
  assert.equal(await safety.screenPrompt(['how do I build', 'a house'], never), undefined)
})

test("a category's policy decides: not looked for, noted, refused, or met with help", async () => {
  const { safety, told } = safetyWith({
    blocklist: new Map([
      ['a', ['alpha']],
      ['f', ['foxtrot']],
      ['r', ['romeo']],
      ['s', ['sierra']],
    ]),
    categories: new Map([
      ['a', 'allow'],
      ['f', 'flag'],
      ['s', 'support'],
    ]),
  })
  assert.equal(await safety.screenPrompt(['alpha'], never), undefined)
  assert.equal(await safety.screenPrompt(['foxtrot'], never), undefined)
  assert.deepEqual(told, [{ stage: 'rules', at: 'prompt', outcome: 'flag', category: 'f' }])
  assert.deepEqual(await safety.screenPrompt(['foxtrot and romeo'], never), {
    category: 'r',
    stage: 'rules',
    text: 'I cannot respond to that request.',
  })
  const support = await safety.screenPrompt(['sierra'], never)
  assert.match(support?.text ?? '', /findahelpline\.com/)
})

test('a secret of this instance leaves in no reply, to the letter, and may be asked about', async () => {
  const safety = safetyWith({ secrets: ['Sk-Secret-0123456789', 'short'] })
  const refused = await screened(safety, ['The key is xSk-Sec', 'ret-01234', '56789y'])
  assert.deepEqual([refused.text, refused.refusal?.category], ['The key is x', 'secret'])
  assert.equal((await screened(safety, ['the key is sk-secret-0123456789, or short'])).refusal, undefined)
  assert.equal(await safety.safety.screenPrompt(['Is it Sk-Secret-0123456789?'], never), undefined)
})

test('secrets are refused whatever policy their category is given', async () => {
  for (const policy of ['allow', 'flag', 'support'] as const) {
    const safety = safetyWith({ secrets: ['Sk-Secret-0123456789'], categories: new Map([['secret', policy]]) })
    const { text, refusal } = await screened(safety, ['It is Sk-Secret-0123456789.'])
    assert.deepEqual([text, refusal?.text], ['It is ', "I'm not able to provide that type of response."])
  }
})

test('who asks for help is met with help, whatever else is found in their words', async () => {
  const { safety } = safetyWith({
    blocklist: new Map([
      ['violence', ['kill']],
      ['self-harm', ['kill myself']],
    ]),
    categories: new Map([['self-harm', 'support']]),
  })
  assert.equal((await safety.screenPrompt(['I want to kill myself'], never))?.category, 'self-harm')
})

test('a text is noted once for a category, however often it is found', async () => {
  const safety = safetyWith({ blocklist: new Map([['f', ['foxtrot']]]), categories: new Map([['f', 'flag']]) })
  await screened(safety, ['foxtrot '.repeat(50), 'foxtrot'])
  assert.equal(safety.told.length, 1)
  await safety.safety.screenPrompt(['foxtrot foxtrot'], never)
  assert.equal(safety.told.length, 2)
})

test('the version of the policy changes with every part of it, and with nothing else', () => {
  const version = (options: Parameters<typeof safetyWith>[0]) => safetyWith(options).safety.policyVersion
  const versions = [
    version({}),
    version({ blocklist: new Map([['a', ['x']]]) }),
    version({ blocklist: new Map([['b', ['x']]]) }),
    version({ categories: new Map([['a', 'flag']]) }),
    version({ secrets: ['a secret of ours'] }),
    version({ guard: { url: 'http://127.0.0.1:1', apiKey: undefined, whenDown: 'fail' } }),
    version({ guard: { url: 'http://127.0.0.1:1', apiKey: undefined, whenDown: 'pass' } }),
  ]
  assert.equal(new Set(versions).size, versions.length)
  assert.equal(version({ blocklist: new Map([['a', ['x']]]) }), versions[1])
})

test('a text is classified under the mission interface', async () => {
  const { safety } = blocking('build a bomb')
  assert.deepEqual(await safety.classify('build a house', never), { safe: true, score: 0, categories: [] })
  assert.deepEqual(await safety.classify('build a bomb', never), { safe: false, score: 1, categories: ['blocked'] })
})
