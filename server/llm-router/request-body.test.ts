import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, type Behaviour, refuses } from '../../test/support/ailing-cluster.ts'
import {
  type ClusterUnderTest,
  generateInto,
  hi,
  startClusterUnderTest,
} from '../../test/support/cluster-under-test.ts'
import { until } from '../../test/support/server.ts'
import { AttemptFailure } from './attempt-failure.ts'
import type { Engine } from './engines.ts'

/** What was sent, without what every request has. */
const sent = ({ upstream }: ClusterUnderTest) =>
  upstream.asked.map(({ body: { model: _model, messages: _messages, stream: _stream, ...rest } }) => rest)

/** Refuses every request that has the field, as `refusal` says, and answers all others. */
const refusing =
  (field: string, refusal: object): Behaviour =>
  (response, asked) =>
    (field in asked.body ? refuses(400, refusal) : answers)(response, asked)

const whole = { max_tokens: 10, temperature: 0.5, stream_options: { include_usage: true } }

test('a request asks for a stream with its usage, within the limit and at the temperature of the sender', async context => {
  const under = await startClusterUnderTest(context)
  await generateInto([], under)
  assert.deepEqual(under.upstream.asked[0]?.body, {
    model: 'ailing',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
    ...whole,
  })
})

const mended = {
  temperature: { max_tokens: 10, stream_options: { include_usage: true } },
  max_tokens: { max_completion_tokens: 10, temperature: 0.5, stream_options: { include_usage: true } },
  stream_options: { max_tokens: 10, temperature: 0.5 },
}

test('a model that refuses a parameter, by field or by sentence, is asked again without it, and from then on at once', async context => {
  for (const [parameter, without] of Object.entries(mended)) {
    for (const refusal of [
      { message: 'no', param: parameter },
      { message: `Unsupported parameter: '${parameter}'.` },
    ]) {
      const under = await startClusterUnderTest(context, refusing(parameter, refusal))
      const events: unknown[] = []
      await generateInto([], under, { take: batch => events.push(...batch) })
      await generateInto([], under, { take: batch => events.push(...batch) })
      assert.deepEqual(sent(under), [whole, without, without])
      assert.equal(events.length, 6, 'text, usage and end, once for each')
      await generateInto([], under, { model: 'another' })
      assert.deepEqual(sent(under)[3], whole, 'only this model is known for it')
    }
  }
})

test('a model that refuses all of them, one after another, is answered by in the end', async context => {
  const under = await startClusterUnderTest(context, (response, asked) => {
    const parameter = ['stream_options', 'max_tokens', 'temperature'].find(name => name in asked.body)
    if (parameter === undefined) answers(response, asked)
    else refuses(422, { message: '', param: parameter })(response, asked)
  })
  await generateInto([], under)
  assert.deepEqual(sent(under).at(-1), { max_completion_tokens: 10 })
})

test('a model that goes on refusing what it no longer gets fails the request; it is not asked for ever', async context => {
  const under = await startClusterUnderTest(context, refuses(400, { message: 'temperature is not to my taste' }))
  await assert.rejects(
    generateInto([], under),
    error => error instanceof AttemptFailure && error.kind === 'bad_request',
  )
  assert.equal(under.upstream.asked.length, 2)
})

test('two requests that learn the same at once are both answered', async context => {
  let parameter = 'stream_options'
  const held: (() => void)[] = []
  const under = await startClusterUnderTest(context, (response, asked) => {
    if (!(parameter in asked.body)) answers(response, asked)
    else held.push(() => refuses(400, { message: '', param: parameter })(response, asked))
  })
  for (parameter of ['stream_options', 'temperature']) {
    const both = [generateInto([], under), generateInto([], under)]
    await until('both were asked', () => held.length === 2)
    for (const refuse of held.splice(0)) refuse()
    await Promise.all(both)
  }
})

const goesOn = {
  ...hi,
  continues: true,
  seamless: false,
  messages: [...hi.messages, { role: 'assistant' as const, content: 'Hel' }],
}
const flags = { continue_final_message: true, add_generation_prompt: false }
const ways: Readonly<Record<Engine | 'unknown', 'flags' | 'prefill' | 'ask'>> = {
  vllm: 'flags',
  sglang: 'flags',
  'llama.cpp': 'prefill',
  ollama: 'prefill',
  parley: 'prefill',
  openai: 'ask',
  unknown: 'prefill',
}

async function assertGoesOn(under: ClusterUnderTest, way: (typeof ways)[Engine]): Promise<void> {
  await generateInto([], under, { request: goesOn })
  const [{ messages, ...rest } = {}] = under.upstream.asked.map(({ body }) => body)
  assert.ok(Array.isArray(messages))
  assert.deepEqual(messages.slice(0, 2), goesOn.messages)
  if (way === 'ask')
    assert.ok(messages.length === 3 && messages[2].role === 'user' && /continue/i.test(messages[2].content))
  else assert.equal(messages.length, 2)
  for (const [name, value] of Object.entries(flags)) assert.equal(rest[name], way === 'flags' ? value : undefined)
}

test('an answer is continued in the way of the engine that is configured, whatever its list of models says', async context => {
  for (const engine of ['vllm', 'sglang', 'llama.cpp', 'ollama', 'openai'] as const) {
    const under = await startClusterUnderTest(context, answers, { engine })
    under.upstream.listing = [{ id: 'ailing', owned_by: engine === 'openai' ? 'vllm' : 'openai' }]
    await under.cluster.look(AbortSignal.timeout(2_000))
    await assertGoesOn(under, ways[engine])
  }
})

test('an engine that is not configured is known by who owns its models; an unknown one goes on by itself', async context => {
  const owners = { vllm: 'vllm', sglang: 'sglang', llamacpp: 'llama.cpp', library: 'ollama', system: 'openai' } as const
  for (const [owner, engine] of [...Object.entries(owners), ['somebody', 'unknown'] as const]) {
    const under = await startClusterUnderTest(context)
    under.upstream.listing = [{ id: 'x' }, { id: 'ailing', owned_by: owner }]
    await under.cluster.look(AbortSignal.timeout(2_000))
    await assertGoesOn(under, ways[engine])
  }
})

test('a new answer is never sent as a continued one', async context => {
  const under = await startClusterUnderTest(context, answers, { engine: 'vllm' })
  await generateInto([], under)
  assert.deepEqual(sent(under), [whole])
})
