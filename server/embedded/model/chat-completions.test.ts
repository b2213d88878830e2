import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  ask,
  assistant,
  type Chunk,
  longRequest,
  post,
  startSmallModel,
  stream,
  textOf,
  user,
} from './model-under-test.ts'
import type { EmbeddedModel } from './start-model.ts'

/** Answers vary: tries until one shows what a test looks for. A broken promise shows it never. */
async function someTry(attempt: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 10; tries++) if (await attempt()) return
  assert.fail('seen in none of 10 tries')
}

suite('chat completions', () => {
  let model: EmbeddedModel
  before(async () => {
    model = await startSmallModel()
  })
  after(() => model.stop())

  async function refusal(body: unknown) {
    const response = await post(model, body)
    const { error } = (await response.json()) as { error: Record<string, unknown> }
    return { status: response.status, error }
  }

  test('the model is listed with its context', async () => {
    const response = await fetch(`${model.url}/models`, { headers: { authorization: `Bearer ${model.apiKey}` } })
    const { object, data } = (await response.json()) as {
      object: string
      data: { id: string; max_model_len: number; meta: { n_ctx: number } }[]
    }
    assert.equal(object, 'list')
    assert.equal(data.length, 1)
    assert.equal(data[0]?.id, 'small')
    assert.equal(data[0]?.max_model_len, model.contextTokens)
    assert.equal(data[0]?.meta.n_ctx, 1024)
  })

  test('nothing but the health is told without the right token', async () => {
    assert.equal((await fetch(new URL('/health', model.url))).status, 200)
    for (const apiKey of ['', 'wrong', `${model.apiKey}x`]) {
      const response = await post({ ...model, apiKey }, { messages: [user('Hello')] })
      assert.equal(response.status, 401)
      const { error } = (await response.json()) as { error: Record<string, unknown> }
      assert.equal(error.code, 'invalid_api_key')
      assert.equal((await fetch(`${model.url}/models`, { headers: { authorization: `Bearer ${apiKey}` } })).status, 401)
    }
  })

  test('an unknown path is 404 in OpenAI’s shape', async () => {
    const response = await fetch(`${model.url}/embeddings`, { headers: { authorization: `Bearer ${model.apiKey}` } })
    assert.equal(response.status, 404)
    assert.equal(((await response.json()) as { error: { type: string } }).error.type, 'invalid_request_error')
  })

  test('a streamed answer: role, a chunk a token, one finish reason, usage that agrees', async () => {
    const chunks: Chunk[] = []
    const body = { messages: [user('Hello')], max_tokens: 12, stream_options: { include_usage: true } }
    for await (const chunk of stream(model, body)) chunks.push(chunk)
    assert.ok(chunks.every(({ object }) => object === 'chat.completion.chunk'))
    assert.deepEqual(chunks[0]?.choices[0]?.delta, { role: 'assistant', content: '' })
    const usage = chunks.at(-1)?.usage
    assert.deepEqual(chunks.at(-1)?.choices, [])
    assert.ok(usage)
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)
    const finishReasons = chunks.map(chunk => chunk.choices[0]?.finish_reason ?? null).filter(reason => reason !== null)
    assert.deepEqual(finishReasons, [usage.completion_tokens === 12 ? 'length' : 'stop'])
    const pieces = chunks.map(textOf).filter(piece => piece !== '')
    // A token that ends inside a character sends nothing, so pieces can only be fewer.
    if (/^[\x20-\x7e\n]*$/.test(pieces.join(''))) assert.equal(pieces.length, usage.completion_tokens)
    else assert.ok(pieces.length <= usage.completion_tokens)
  })

  test('usage and [DONE] come unasked or asked as the API has it, and end marks are never text', async () => {
    const chunks: Chunk[] = []
    for await (const chunk of stream(model, { messages: [user('Hello')] })) chunks.push(chunk)
    assert.ok(chunks.every(chunk => chunk.usage === undefined))
    const answer = await ask(model, { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] })
    assert.equal(answer.finishReason, 'stop')
    assert.ok(answer.text.length > 0 && !answer.text.includes('<|'))
  })

  test('two chats are answered at once', () =>
    someTry(async () => {
      const first = stream(model, longRequest)
      let running = true
      const firstText = (async () => {
        let text = ''
        for await (const chunk of first) text += textOf(chunk)
        running = false
        return text
      })()
      let overlapped = false
      let secondText = ''
      for await (const chunk of stream(model, longRequest)) {
        secondText += textOf(chunk)
        overlapped ||= running && secondText !== ''
      }
      assert.ok((await firstText).length + secondText.length > 0)
      return overlapped
    }))

  test('a name is remembered, and the second turn reuses what the first has computed', () =>
    someTry(async () => {
      const opening = [user('My name is Alice')]
      const first = await ask(model, { messages: opening })
      const second = await ask(model, {
        messages: [...opening, assistant(first.text), user('What is my name?')],
      })
      const cached = second.usage.prompt_tokens_details.cached_tokens
      return second.text.includes('Alice') && cached >= first.usage.prompt_tokens && cached < second.usage.prompt_tokens
    }))

  const knowsAlice = [user('My name is Alice'), assistant('Hi Alice!'), user('What is my name?')]

  test('a stop string that spans tokens ends the answer and never shows', () =>
    someTry(async () => {
      let text = ''
      let finishReason: string | null | undefined
      const messages = [...knowsAlice, assistant('Your name')] // it may also say "You're Alice."
      const begun = { messages, continue_final_message: true, add_generation_prompt: false }
      for await (const chunk of stream(model, { ...begun, stop: ['is Ali', 'ZZZ'] })) {
        text += textOf(chunk)
        finishReason = chunk.choices[0]?.finish_reason
      }
      assert.ok(!text.includes('is A'))
      return finishReason === 'stop' && text === ' '
    }))

  test('an answer that was begun is continued', () =>
    someTry(async () => {
      const messages = [...knowsAlice, assistant('Your name is')]
      const whole = { messages, continue_final_message: true, add_generation_prompt: false }
      return (await ask(model, whole)).text.startsWith(' Alice')
    }))

  test('a prompt fills the context to the last token but one, never more; nothing is cut silently', async () => {
    const context = model.contextTokens
    const filled = (words: number) => ({ messages: [user('go '.repeat(words))], max_tokens: 10_000 })
    const { status, error } = await refusal(filled(context))
    assert.equal(status, 400)
    const tokens = error.n_prompt_tokens as number
    const { message, ...fields } = error
    assert.equal(
      message,
      `This model's maximum context length is ${context} tokens. However, your messages resulted in ${tokens} tokens.`,
    )
    assert.deepEqual(fields, {
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
      n_prompt_tokens: tokens,
      n_ctx: context,
    })

    const perWord = tokens - ((await refusal(filled(context - 1))).error.n_prompt_tokens as number)
    const fitting = context - Math.ceil((tokens - (context - 1)) / perWord)
    assert.equal((await refusal(filled(fitting + 1))).status, 400)
    await someTry(async () => {
      const { finishReason, usage } = await ask(model, filled(fitting))
      assert.ok(usage.total_tokens <= context)
      assert.equal(finishReason === 'length', usage.total_tokens === context)
      return finishReason === 'length'
    })
  })

  test('a text far too long is refused without reading all of it', async () => {
    const { status, error } = await refusal({ messages: [user('Hello there. '.repeat(1_500_000))] })
    assert.equal(status, 400)
    assert.equal(error.code, 'context_length_exceeded')
    assert.ok((error.n_prompt_tokens as number) >= model.contextTokens)
  })

  test('a field of the wrong type is refused by name, an unknown one ignored, null is absence', async () => {
    const messages = [user('Hello')]
    const refused: readonly (readonly [param: string | null, body: unknown])[] = [
      [null, 'not json'],
      [null, []],
      ['messages', {}],
      ['messages', { messages: [] }],
      ['messages[0].role', { messages: [{ role: 'robot', content: 'x' }] }],
      ['messages[1].content', { messages: [user('x'), { role: 'user' }] }],
      ['messages[0].content', { messages: [{ role: 'user', content: 7 }] }],
      ['messages[0].content', { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }],
      ['stream', { messages, stream: 'yes' }],
      ['max_tokens', { messages, max_tokens: 0 }],
      ['temperature', { messages, temperature: '1' }],
      ['top_p', { messages, top_p: 2 }],
      ['seed', { messages, seed: 1.5 }],
      ['stop', { messages, stop: ['a', 'b', 'c', 'd', 'e'] }],
    ]
    for (const [param, body] of refused) {
      const { status, error } = await refusal(body)
      assert.equal(status, 400)
      assert.equal(error.type, 'invalid_request_error')
      assert.equal(error.param, param)
    }
    const accepted = { messages, temperature: null, stop: null, seed: -1, max_tokens: 1, unknown: { field: true } }
    assert.equal((await ask(model, accepted)).usage.completion_tokens, 1)
  })
})

suite('a model with one sequence', () => {
  let model: EmbeddedModel
  before(async () => {
    model = await startSmallModel({ parallel: 1, contextTokens: 300 })
  })
  after(() => model.stop())

  test('has the context that was asked for', () => assert.equal(model.contextTokens, 300))

  test('a client that goes away frees its sequence for the next within 100 ms', () =>
    someTry(async () => {
      const leave = new AbortController()
      const first = stream(model, longRequest, leave.signal)
      await first.next()
      let firstEnded = false
      const ended = (async () => {
        for await (const _ of first);
        firstEnded = true
      })().catch(() => {})
      const second = stream(model, { messages: [user('Hello')] })
      const begun = second.next().then(() => performance.now())
      // The health is answered after the second request has arrived.
      await fetch(new URL('/health', model.url))
      const usable = !firstEnded
      const leftAt = performance.now()
      leave.abort()
      const waitedMs = (await begun) - leftAt
      for await (const _ of second);
      await ended
      return usable && !firstEnded && waitedMs > 0 && waitedMs < 100
    }))

  test('who waits is served in order of arrival', () =>
    someTry(async () => {
      const leave = new AbortController()
      const running = stream(model, longRequest, leave.signal)
      await running.next()
      const begun: number[] = []
      const waiting: Promise<void>[] = []
      for (const index of [0, 1, 2]) {
        waiting.push(
          (async () => {
            const answer = stream(model, { messages: [user('Hello')] })
            await answer.next()
            begun.push(index)
            for await (const _ of answer);
          })(),
        )
        await fetch(new URL('/health', model.url))
      }
      const waited = begun.length === 0
      leave.abort()
      // Where the abort comes first, closing the stream reports it.
      await running.return(undefined).catch((error: Error) => assert.equal(error.name, 'AbortError'))
      await Promise.all(waiting)
      return waited && begun.join() === '0,1,2'
    }))

  test('a queue that is too long is refused, with a time to come back', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 80 }, async () => {
        const response = await post(model, { messages: [user('Hello')], max_tokens: 2 })
        await response.text()
        assert.equal(response.headers.get('retry-after'), response.status === 503 ? '1' : null)
        return response.status
      }),
    )
    assert.ok(statuses.filter(status => status === 200).length >= 65)
    assert.ok(statuses.includes(503))
  })
})
