import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AnsweredPrompt, answerKey } from './answer-key.ts'

const prompt: AnsweredPrompt = {
  owner: '0198c5e8-0000-7000-8000-000000000001',
  model: 'llama',
  parameters: { maxTokens: 4_096, temperature: 0.7 },
  policyVersion: '3',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Say: my dog is called Waldo' },
  ],
}

test('equal prompts have equal keys, in whatever order they are written down', () => {
  const { messages, policyVersion, parameters, model, owner } = structuredClone(prompt)
  const { temperature, maxTokens } = parameters
  const again = { messages, policyVersion, parameters: { temperature, maxTokens }, model, owner }
  assert.equal(answerKey(again), answerKey(prompt))
})

test('prompts that differ in anything that shapes an answer have different keys', () => {
  const said = (...messages: AnsweredPrompt['messages'][number][]) => ({ ...prompt, messages })
  const different: AnsweredPrompt[] = [
    prompt,
    { ...prompt, owner: '0198c5e8-0000-7000-8000-000000000002' },
    { ...prompt, owner: null },
    { ...prompt, owner: 'null' },
    { ...prompt, owner: '' },
    { ...prompt, model: 'llama,4096' },
    { ...prompt, parameters: { maxTokens: 409, temperature: 60.7 } },
    { ...prompt, parameters: { maxTokens: 4_096, temperature: 0 } },
    { ...prompt, policyVersion: '3 ' },
    { ...prompt, policyVersion: '' },
    said(),
    said({ role: 'user', content: '' }),
    said({ role: 'user', content: 'ab' }),
    said({ role: 'assistant', content: 'ab' }),
    said({ role: 'user', content: 'a' }, { role: 'user', content: 'b' }),
    said({ role: 'user', content: 'a"],["user","b' }),
    said({ role: 'user', content: 'a\\"],[\\"user\\",\\"b' }),
    said({ role: 'user', content: 'a\nb' }),
    said({ role: 'user', content: 'a\\nb' }),
    said({ role: 'user', content: '\ud83d' }),
    said({ role: 'user', content: '\\ud83d' }),
    said({ role: 'user', content: '\ufffd' }),
  ]
  assert.equal(new Set(different.map(answerKey)).size, different.length)
})

test('a key is 43 characters that are safe in any store, whatever the prompt says', () => {
  const long = { ...prompt, messages: [{ role: 'user' as const, content: '{日本}\0 '.repeat(10_000) }] }
  for (const each of [prompt, long]) assert.match(answerKey(each), /^[\w-]{43}$/)
})

test('the form of the key does not change from release to release by accident', () => {
  assert.equal(answerKey(prompt), 'VpfpOoC631zcTWyr7wNTxU2H4DcCa4tgBQWIQfXmHTk')
})
