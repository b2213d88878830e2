import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FinishReason } from '#protocol'
import type { GenerationEvent } from './generation-event.ts'
import { createCompletionScanner } from './scan-completion.ts'

const folder = join(import.meta.dirname, 'recorded')
const recorded = new Map(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]))

/** Sends the pieces through one and the same memory, as a socket may, and wipes it after each. */
function scan(...pieces: readonly (string | Uint8Array)[]) {
  const scanner = createCompletionScanner()
  const buffers = pieces.map(piece => Buffer.from(piece))
  const memory = Buffer.alloc(Math.max(0, ...buffers.map(({ length }) => length)))
  const events = buffers.flatMap(piece => {
    memory.set(piece)
    const batch = scanner.push(memory.subarray(0, piece.length))
    memory.fill(' ')
    return batch
  })
  return { events, complete: scanner.complete }
}

/** What a stream says, read the plain way: every event with JSON, after the whole stream is there. */
function readPlainly(stream: string): GenerationEvent[] {
  const events: GenerationEvent[] = []
  const ids: string[] = []
  let usage: GenerationEvent | undefined
  let finishReason: FinishReason = 'stop'
  for (const block of stream.replaceAll(/\r\n?/g, '\n').split('\n\n')) {
    const data = block.split('\n').flatMap(line => (line.startsWith('data: ') ? [line.slice(6)] : []))
    if (data.length === 0) continue
    if (data[0] === '[DONE]') return [...events, ...(usage ? [usage] : []), { type: 'end', finishReason }]
    const chunk = JSON.parse(data.join('\n'))
    const { delta = {}, finish_reason = null } = chunk.choices[0] ?? {}
    const reasoning: string = delta.reasoning ?? delta.reasoning_content ?? ''
    if (reasoning !== '') events.push({ type: 'reasoning', text: reasoning })
    if (delta.content) events.push({ type: 'text', text: delta.content })
    for (const { id, function: called } of delta.tool_calls ?? []) {
      if (id !== undefined) ids.push(id)
      const index = ids.length - 1
      const piece = { name: called.name, arguments: called.arguments }
      events.push({ type: 'tool_call', index, id: ids[index] ?? '', ...piece })
    }
    finishReason = finish_reason ?? finishReason
    if (!chunk.usage) continue
    const { prompt_tokens: inputTokens, completion_tokens: outputTokens, prompt_tokens_details: details } = chunk.usage
    usage = { type: 'usage', inputTokens, cachedTokens: details?.cached_tokens ?? 0, outputTokens }
  }
  return events
}

/** Numbers from 0 up to 1, the same in every run (Park and Miller's generator). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

test('every recorded stream says what a plain reading of it says', () => {
  assert.ok(recorded.size >= 10)
  for (const [name, stream] of recorded) {
    assert.deepEqual(scan(stream), { events: readPlainly(stream), complete: true }, name)
  }
})

test('10,000 random cuts change nothing, whatever the line ends and with comments in between', () => {
  const random = seeded(20_260_801)
  const streams = [...recorded].flatMap(([name, stream]) =>
    ['\n', '\r\n', '\r'].flatMap(lineEnd =>
      [0, 0.2].map(comments => {
        const noisy = stream.replaceAll('\n', () =>
          random() < comments ? `\n: ${random()}\n${random() < 0.3 ? '\n' : ''}` : '\n',
        )
        const bytes = Buffer.from(noisy.replaceAll('\n', lineEnd))
        return { name, bytes, expected: JSON.stringify(readPlainly(stream)) }
      }),
    ),
  )
  for (let round = 0; round < 10_000; round++) {
    const { name, bytes, expected } = streams[round % streams.length] ?? assert.fail()
    const cuts = Array.from({ length: 1 + Math.floor(random() * 12) }, () => Math.floor(random() * bytes.length)).sort(
      (a, b) => a - b,
    )
    const pieces = [...cuts, bytes.length].map((cut, index) => bytes.subarray(cuts[index - 1] ?? 0, cut))
    const { events, complete } = scan(...pieces)
    if (JSON.stringify(events) !== expected || !complete)
      assert.deepEqual(events, JSON.parse(expected), `${name}: ${cuts}`)
  }
})

test('a stream that comes byte by byte is read all the same', () => {
  for (const [name, stream] of recorded) {
    const bytes = Buffer.from(stream.replaceAll('\n', '\r\n'))
    const pieces = Array.from(bytes, byte => Uint8Array.of(byte))
    assert.deepEqual(scan(...pieces).events, readPlainly(stream), name)
  }
})

test('tokens of one shape are read without JSON, of whichever cluster', context => {
  const parse = context.mock.method(JSON, 'parse')
  const rest = '"logprobs":null,"finish_reason":null}],"usage":null}\n\n'
  for (const field of ['content', 'reasoning', 'reasoning_content']) {
    parse.mock.resetCalls()
    const { events } = scan(...Array(500).fill(`data: {"choices":[{"index":0,"delta":{"${field}": "日x"},${rest}`))
    assert.equal(events.length, 500)
    assert.ok(parse.mock.callCount() < 10, `${field}: ${parse.mock.callCount()}`)
  }
})

const chunk = (delta: object, finish: string | null = null, more: object = {}) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`
const say = (content: string) => chunk({ content })
const done = 'data: [DONE]\n\n'
const text = (content: string): GenerationEvent => ({ type: 'text', text: content })

test('no text fools the fast path: quotes, escapes, broken pairs and look-alikes arrive as they are', () => {
  const texts = [
    ...['"', '\\', '\\"', '"\\', '\\\\"}', '\n', '\u0000', '\u2028', '', ' ', 'x'.repeat(50), '\\u0041', 'ü'.repeat(9)],
    ...[
      '"content":"',
      '{"delta":{"content":"x"}}',
      '"},"finish_reason":null}]}',
      'data: [DONE]',
      'a',
      '😀',
      '\ud83d',
      '\ude00',
    ],
  ]
  const shapes = [
    (content: string) => say(content),
    (content: string) => chunk({ role: 'assistant', content, refusal: null }),
    (content: string) => chunk({ content, note: { content: 'not this' } }),
    (content: string) => chunk({ note: { content: 'not this' }, content }),
    (content: string) => chunk({ content }, null, { content: 'nor this', obfuscation: content }),
    (content: string) => say(content).replace('{"content"', '{"content":"a","content"'),
    (content: string) =>
      say(content).replaceAll(/[^\0-~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    (content: string) => say(content).replace('data: ', 'data:').replace('"content":', '"content": '),
  ]
  const said = texts.filter(content => content !== '').flatMap(content => Array(3).fill(text(content)))
  for (const shape of shapes) {
    const stream = texts.map(content => shape(content).repeat(3)).join('')
    // A half of a pair has no UTF-8 of its own: JSON escapes it, as clusters do.
    assert.deepEqual(scan(say('a'), shape('b'), stream).events, [text('a'), text('b'), ...said], shape('shape'))
  }
})

test('a chunk that differs from the ones before by more than its text is read in full', () => {
  const same = [say('a'), say('b'), say('c')]
  const abc = [text('a'), text('b'), text('c')]
  const named = chunk({ content: 'd', tool_calls: [{ index: 0, id: 'i', function: { name: 'f', arguments: '' } }] })
  const call = { type: 'tool_call', index: 0, id: 'i', name: 'f', arguments: '' }
  assert.deepEqual(scan(...same, named).events, [...abc, text('d'), call])
  assert.equal(scan(named.repeat(5)).events.length, 10)
  assert.deepEqual(scan(...same, chunk({ reasoning: 'd' })).events, [...abc, { type: 'reasoning', text: 'd' }])
  assert.deepEqual(scan(...same, chunk({ content: 'd' }, 'length'), done).events, [
    ...[...abc, text('d')],
    { type: 'end', finishReason: 'length' },
  ])
  assert.throws(() => scan(...same, say('d').replace('"d"', '"\\d"')))
  assert.throws(() => scan(...same, say('d').replace('"d"', '"\t"')))
  assert.throws(() => scan(...same, say('d').replace('}]}', '}]')))
  assert.throws(() => scan(...same, 'data: {"choices":\n', say('d')))
})

test('where a chunk says its reasoning under two names, the second is read once the first is empty', () => {
  const twice = (first: string) => chunk({ reasoning_content: first, reasoning: 'same' })
  const reasoning = (said: string): GenerationEvent => ({ type: 'reasoning', text: said })
  const { events } = scan(twice('same'), twice('same'), twice('same'), twice('other'), twice(''))
  assert.deepEqual(events, ['same', 'same', 'same', 'other', 'same'].map(reasoning))
})

test('the data of one event may stand in several lines, with or without a space, behind a byte order mark', () => {
  const pretty = JSON.stringify({ choices: [{ delta: { content: 'a' } }] }, null, 2).replaceAll('\n', '\ndata:')
  const { events } = scan(`\ufeffdata:${pretty}\n\nevent: message\nid: 7\nretry: 5\ndata:  ${pretty}\n\ndata:\n\n`)
  assert.deepEqual(events, [text('a'), text('a')])
  const halves = 'data: {"choices":\r\ndata: [{"delta":{"content":"a"}}]}\r\n\r\n'
  for (let cut = 0; cut <= halves.length; cut++) {
    const pieces = [halves.repeat(2), halves.slice(0, cut), halves.slice(cut)]
    assert.deepEqual(scan(...pieces).events, [text('a'), text('a'), text('a')])
  }
})

test('an answer is whole after finish reason and end marker, and not before: never on one alone', () => {
  const finish = chunk({}, 'stop')
  const end: GenerationEvent = { type: 'end', finishReason: 'stop' }
  assert.deepEqual(scan(say('a'), done), { events: [text('a')], complete: false })
  assert.deepEqual(scan(say('a'), finish), { events: [text('a')], complete: false })
  assert.deepEqual(scan(finish, 'data: [DONE]'), { events: [], complete: false })
  assert.deepEqual(scan(finish, 'data: [DONE]\n'), { events: [end], complete: true })
  assert.deepEqual(scan(finish, 'data: [DONE]\r'), { events: [end], complete: true })
  assert.deepEqual(scan(finish, done, 'data: whatever', done), { events: [end], complete: true })
})

test('the last count of tokens comes once, before the end', () => {
  const count = (tokens: number) => ({ usage: { prompt_tokens: 3, completion_tokens: tokens } })
  const usage = { type: 'usage', inputTokens: 3, cachedTokens: 0, outputTokens: 2 }
  const chunks = [
    chunk({ content: 'a' }, null, count(1)),
    chunk({}, 'stop', count(2)),
    chunk({}, null, { usage: null }),
  ]
  assert.deepEqual(scan(...chunks, done).events, [text('a'), usage, { type: 'end', finishReason: 'stop' }])
  // Nobody counts so far: the database would refuse it, and with it the answer.
  const nonsense = [chunk({ content: 'a' }, 'stop', count(4_294_967_295)), chunk({}, null, count(-1))]
  assert.deepEqual(scan(...nonsense, done).events, [text('a'), { type: 'end', finishReason: 'stop' }])
})

test('choices that were not asked for are passed over, and an unknown finish reason is a stop', () => {
  const second = { index: 1, delta: { content: 'no' }, finish_reason: 'length' }
  const both = `data: ${JSON.stringify({ choices: [second, { delta: { content: 'a' }, finish_reason: 'constructor' }] })}\n\n`
  const alone = `data: ${JSON.stringify({ choices: [second] })}\n\n`
  assert.deepEqual(scan(both, alone, done).events, [text('a'), { type: 'end', finishReason: 'stop' }])
})

test('an error in place of an answer throws, in every known form, and never with words of the cluster', () => {
  const streams = [
    'data: {"error":{"message":"secret","code":500}}\n\n',
    'data: {"error":"secret","choices":[]}\n\n',
    'data: {"object":"error","message":"secret","code":400}\n\n',
    'error: {"code":500,"message":"secret"}\n\n',
    'event: error\ndata: {"message":"secret"}\n\n',
    chunk({ content: 'secret' }, 'abort'),
    'data: secret\n\n',
    'data: {"choices":"secret"}\n\n',
    chunk({ content: ['secret'] }),
    'data: ["secret"]\n\n',
    chunk({}, null, { usage: { prompt_tokens: 'secret', completion_tokens: 1 } }),
  ]
  for (const stream of streams) {
    const hidden = (error: unknown) => error instanceof Error && !`${error.stack}${error.cause}`.includes('secret')
    assert.throws(() => scan(say('a'), stream), hidden, stream)
  }
})

test('pieces of tool calls get the index and the id of their call, where the cluster leaves them out', () => {
  const pieces = (...deltas: readonly object[]) => scan(...deltas.map(delta => chunk({ tool_calls: [delta] }))).events
  const call = (index: number, id: string, name: string | undefined, json: string) => ({
    ...{ type: 'tool_call', index, id, name, arguments: json },
  })
  const part = (name: string | null, json?: string | null) => ({ function: { name, arguments: json } })

  assert.deepEqual(
    pieces({ id: 'x', ...part('f', '{') }, part(null, '}'), { id: '', ...part('', ' ') }, { id: 'y', ...part('g') }),
    [call(0, 'x', 'f', '{'), call(0, 'x', undefined, '}'), call(0, 'x', undefined, ' '), call(1, 'y', 'g', '')],
    'without index, an id begins a call',
  )
  assert.deepEqual(
    pieces(part('f', '{}'), part('f', '{'), part(null, '}')),
    [call(0, 'call_0', 'f', '{}'), call(1, 'call_1', 'f', '{'), call(1, 'call_1', undefined, '}')],
    'without index and id, a name begins a call, and ids are made',
  )
  assert.deepEqual(
    pieces(
      { index: 0, id: 'x', ...part('f') },
      { index: 1, ...part('g', '{') },
      { index: 0, id: 'z', ...part(null, '1') },
    ),
    [call(0, 'x', 'f', ''), call(1, 'call_1', 'g', '{'), call(0, 'x', undefined, '1')],
    'with index, the id of the first piece stays',
  )
  assert.deepEqual(
    pieces({ index: 0, id: 'x', ...part('f') }, { index: 0, id: 'y', ...part('f') }, { index: 0, ...part(null, '1') }),
    [call(0, 'x', 'f', ''), call(1, 'y', 'f', ''), call(1, 'y', undefined, '1')],
    'an index used twice',
  )
})

test('a line or an event over 1 MiB is a failure as soon as it is, not held in memory', () => {
  const half = 'x'.repeat(524_289)
  assert.throws(() => scan('data: "', half, half), /1 MiB/)
  assert.throws(() => scan(`: ${half}${half}\n`), /1 MiB/)
  assert.throws(() => scan(`data: ${half}\n`, `data: ${half}\n`), /1 MiB/)
  assert.throws(() => scan(say('a'), say('b'), say('c'), say(half + half)), /1 MiB/)
  assert.deepEqual(scan(say('a'), say('b'), say('c'), say(half)).events.at(-1), text(half))
})
