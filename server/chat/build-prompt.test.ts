import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BranchMessage } from '#store'
import { buildPrompt, type PromptOptions } from './build-prompt.ts'

const said = (role: BranchMessage['role'], content: string): BranchMessage => ({
  role,
  content,
  status: 'done',
  category: null,
})

/** `turns` pairs of question and answer, then one more question. */
const branchOf = (turns: number) => [
  ...Array.from({ length: turns }, (_, turn) => [said('user', `q${turn}`), said('assistant', `a${turn}`)]).flat(),
  said('user', 'last'),
]

const prompt = (options: Partial<PromptOptions>) =>
  buildPrompt({ systemPrompt: null, branch: branchOf(0), budgetTokens: 1_000, estimate: bytes => bytes, ...options })

const contents = (options: Partial<PromptOptions>) => prompt(options).messages.map(({ content }) => content)

test('the whole branch is sent where it fits, the system prompt first', () => {
  const { messages } = prompt({ systemPrompt: 'be kind', branch: branchOf(1) })
  assert.deepEqual(messages, [
    { role: 'system', content: 'be kind' },
    { role: 'user', content: 'q0' },
    { role: 'assistant', content: 'a0' },
    { role: 'user', content: 'last' },
  ])
})

test('at least the last 20 messages are sent where they fit', () => {
  const sent = contents({ branch: branchOf(40), budgetTokens: 20 * 10 })
  assert.ok(sent.length >= 20)
  assert.equal(sent.at(-1), 'last')
})

test('what does not fit is left out from the oldest on, and never leaves an answer without its question in front', () => {
  for (let budgetTokens = 30; budgetTokens < 120; budgetTokens++) {
    const { messages, estimatedTokens } = prompt({ branch: branchOf(10), budgetTokens })
    assert.ok(estimatedTokens <= budgetTokens)
    assert.equal(messages[0]?.role, 'user')
    assert.equal(messages.at(-1)?.content, 'last')
  }
})

test('the message to answer is sent even when it alone is over the budget, and the prompt says it is the shortest', () => {
  const long = prompt({ branch: [...branchOf(3), said('assistant', 'a'), said('user', 'x'.repeat(5_000))] })
  assert.equal(long.messages.length, 1)
  assert.equal(long.shortest, true)
  assert.equal(prompt({ branch: branchOf(2) }).shortest, false)
})

test('user and assistant take turns: empty answers are left out, neighbours of one role are joined', () => {
  const branch = [said('user', 'one'), said('assistant', ''), said('user', 'two')]
  assert.deepEqual(prompt({ branch }).messages, [{ role: 'user', content: 'one\n\ntwo' }])
})
