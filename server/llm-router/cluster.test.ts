import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { systemClock } from '#kit'
import {
  answers,
  type Behaviour,
  breaksAfter,
  endMarker,
  finish,
  openRole,
  piece,
  refuses,
  reportsError,
  resets,
  stallsAfter,
  staysSilent,
  streams,
  talksGarbage,
  usage,
} from '../../test/support/ailing-cluster.ts'
import type { ClusterUnderTest } from '../../test/support/cluster-under-test.ts'
import { generateInto, startClusterUnderTest } from '../../test/support/cluster-under-test.ts'
import { until } from '../../test/support/server.ts'
import { AttemptFailure, type FailureKind } from './attempt-failure.ts'
import type { Attempt, Cluster } from './cluster.ts'
import type { GenerationEvent } from './generation-event.ts'

const stateOf = ({ breaker }: Cluster) => breaker.state(systemClock.elapsed())

async function eventsOf(under: ClusterUnderTest, attempt?: Partial<Attempt>) {
  const events: (GenerationEvent | 'first')[] = []
  await generateInto(events, under, attempt)
  return events
}

/** An attempt on a cluster of this behaviour, which is expected to fail. */
async function failureOf(context: TestContext, behaviour: Behaviour): Promise<AttemptFailure> {
  const under = await startClusterUnderTest(context, behaviour)
  const failure = await eventsOf(under).then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  )
  assert.ok(failure instanceof AttemptFailure, String(failure))
  assert.doesNotMatch(failure.message, /secret/)
  return failure
}

test('an answer is taken as it comes, its beginning told once and before; the key is sent', async context => {
  let authorization: string | undefined
  const under = await startClusterUnderTest(context, (response, asked) => {
    authorization = response.req.headers.authorization
    streams(openRole, piece('Hel'), piece('lo'), finish, usage, endMarker)(response, asked)
  })
  assert.deepEqual(await eventsOf(under), [
    'first',
    { type: 'text', text: 'Hel' },
    { type: 'text', text: 'lo' },
    { type: 'usage', inputTokens: 7, cachedTokens: 0, outputTokens: 3 },
    { type: 'end', finishReason: 'stop' },
  ])
  assert.equal(authorization, 'Bearer secret')
})

test('once it has begun, an answer is read at the pace that is asked for; what a read brings is taken as one batch', async context => {
  let stream: ServerResponse | undefined
  const under = await startClusterUnderTest(context, response => {
    stream = response.writeHead(200, { 'content-type': 'text/event-stream' })
    stream.write(openRole)
  })
  const batches: (readonly GenerationEvent[])[] = []
  const putOff: (() => void)[] = []
  const pace = { pressed: true, later: (read: () => void) => void putOff.push(read) }
  const whole = generateInto([], under, { take: batch => batches.push(batch), pace })
  const said = (...texts: readonly string[]) => texts.map(text => ({ type: 'text' as const, text }))
  await until('it was asked', () => stream !== undefined)
  const write = (event: string) => new Promise(resolve => stream?.write(event, resolve))
  await write(piece('A'))
  await until('the beginning is taken', () => batches.length > 0 && putOff.length > 0)
  assert.equal(putOff.length, 1, 'what comes before the first of the answer is never put off')
  for (const text of ['B', 'C']) await write(piece(text))
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(batches, [said('A')])
  putOff[0]?.()
  await until('the rest is taken', () => batches.length > 1)
  assert.deepEqual(batches, [said('A'), said('B', 'C')])
  pace.pressed = false
  putOff[1]?.()
  stream?.end(`${finish}${usage}${endMarker}`)
  await whole
})

test('an answer over several reads is the same, also when an event and a character are cut', async context => {
  const bytes = Buffer.from(`${openRole}${piece('Grüße ')}${piece('日本')}${finish}${endMarker}`)
  const cut = bytes.indexOf('日') + 1
  const goOn = Promise.withResolvers<void>()
  const under = await startClusterUnderTest(context, response => {
    response.writeHead(200).write(bytes.subarray(0, cut))
    void goOn.promise.then(() => response.end(bytes.subarray(cut)))
  })
  const events: GenerationEvent[] = []
  await generateInto([], under, {
    take(batch) {
      events.push(...batch)
      goOn.resolve()
    },
  })
  assert.deepEqual(events, [
    { type: 'text', text: 'Grüße ' },
    { type: 'text', text: '日本' },
    { type: 'end', finishReason: 'stop' },
  ])
})

test('an answer without a word is whole, too, and never begins', async context => {
  const under = await startClusterUnderTest(context, streams(openRole, finish, endMarker))
  assert.deepEqual(await eventsOf(under), [{ type: 'end', finishReason: 'stop' }])
})

test('a stream without finish reason or without end marker is a failure, never a clean end', async context => {
  for (const parts of [[piece('a'), endMarker], [piece('a'), finish], [piece('a')], [openRole]]) {
    assert.equal((await failureOf(context, streams(...parts))).kind, 'broken')
  }
})

test('each way to fail is told apart, and none in the words of the cluster', async context => {
  const ways: readonly (readonly [Behaviour, FailureKind])[] = [
    [resets, 'unreachable'],
    [breaksAfter(piece('a')), 'unreachable'],
    [talksGarbage, 'broken'],
    [streams('data: no json, but secret\n\n'), 'broken'],
    [reportsError, 'broken'],
    [refuses(500, { message: 'secret' }), 'broken'],
    [refuses(408), 'broken'],
    [refuses(401, { message: 'secret' }), 'misconfigured'],
    [refuses(403), 'misconfigured'],
    [refuses(404), 'misconfigured'],
    [refuses(400, { message: 'secret' }), 'bad_request'],
    [refuses(413), 'bad_request'],
    [refuses(422), 'bad_request'],
    [refuses(503), 'busy'],
  ]
  for (const [behaviour, kind] of ways) assert.equal((await failureOf(context, behaviour)).kind, kind)
})

test('a busy cluster is left alone for as long as it says', async context => {
  const failure = await failureOf(context, refuses(429, {}, { 'retry-after': '7' }))
  assert.deepEqual([failure.kind, failure.retryAfterMs], ['busy', 7_000])
  assert.equal((await failureOf(context, refuses(429))).retryAfterMs, undefined)
})

test('five failed attempts make the cluster rest, as does one that found nobody there; a refusal that any would give does not', async context => {
  const broken = await startClusterUnderTest(context, refuses(500))
  for (let attempts = 0; attempts < 5; attempts++) {
    assert.equal(stateOf(broken.cluster), 'closed')
    await assert.rejects(eventsOf(broken))
  }
  assert.equal(stateOf(broken.cluster), 'open')
  const gone = await startClusterUnderTest(context, resets)
  await assert.rejects(eventsOf(gone))
  assert.equal(stateOf(gone.cluster), 'open')
  const choosy = await startClusterUnderTest(context, refuses(400))
  await assert.rejects(eventsOf(choosy))
  assert.equal(stateOf(choosy.cluster), 'closed')
})

test('a prompt over the context is told as such, with the counts, in every known wording', async context => {
  const wordings = [
    { code: 'context_length_exceeded', message: '', n_prompt_tokens: 900, n_ctx: 512 },
    { code: 400, type: 'exceed_context_size_error', message: '', n_prompt_tokens: 900, n_ctx: 512 },
    {
      message:
        "This model's maximum context length is 512 tokens. However, you requested 900 tokens. Please reduce max_tokens.",
    },
  ]
  for (const error of wordings) {
    const counts =
      'n_ctx' in error ? { promptTokens: 900, contextTokens: 512 } : { promptTokens: null, contextTokens: null }
    const under = await startClusterUnderTest(context, refuses(400, error))
    assert.deepEqual(await eventsOf(under), [{ type: 'too_long', ...counts }])
    assert.equal(stateOf(under.cluster), 'closed')
  }
})

test('an abort throws its own reason, and nothing is held against the cluster', async context => {
  for (const behaviour of [staysSilent, stallsAfter(openRole), stallsAfter(piece('a'))]) {
    const under = await startClusterUnderTest(context, behaviour)
    const abort = new AbortController()
    const generation = eventsOf(under, { signal: abort.signal })
    await until('the cluster was asked', () => under.upstream.asked.length === 1)
    abort.abort('stop')
    await assert.rejects(generation, error => error === 'stop')
    assert.equal(stateOf(under.cluster), 'closed')
  }
})

test('a stream that falls silent after its first text is given up when it was for as long as is allowed at the time', async context => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  const under = await startClusterUnderTest(context, stallsAfter(piece('a')))
  const begun = Promise.withResolvers<void>()
  let silenceMs = 20_000
  let over = false
  const attempt = { onFirst: begun.resolve, silenceMs: () => silenceMs }
  const ended = generateInto([], under, attempt).catch((error: unknown) => {
    over = true
    return error
  })
  await begun.promise
  context.mock.timers.tick(18_000)
  await new Promise(setImmediate)
  assert.equal(over, false)
  silenceMs = 5_000
  context.mock.timers.tick(2_000)
  const failure = await ended
  assert.ok(failure instanceof AttemptFailure && failure.kind === 'silent', String(failure))
})

test('what the taker throws comes out as it was thrown, ends the request, and is not held against the cluster', async context => {
  const bug = new TypeError('a bug of ours')
  const closed = Promise.withResolvers<void>()
  const under = await startClusterUnderTest(context, (response, asked) => {
    response.on('close', () => closed.resolve())
    stallsAfter(piece('a'))(response, asked)
  })
  const take = () => {
    throw bug
  }
  await assert.rejects(eventsOf(under, { take }), error => error === bug)
  await closed.promise
  assert.equal(stateOf(under.cluster), 'closed')
})

test('models and their contexts are learned from /models; what goes wrong there later leaves what was known', async context => {
  const under = await startClusterUnderTest(context, answers)
  const { cluster, upstream } = under
  const look = () => cluster.look(AbortSignal.timeout(2_000))
  upstream.listing = [
    { id: 'x', max_model_len: 4_096 },
    { id: 'y', meta: { n_ctx: 512 } },
  ]
  await look()
  const known = () => [cluster.models(), cluster.contextTokens('x'), cluster.contextTokens('y')]
  assert.deepEqual(known(), [['x', 'y'], 4_096, 512])
  upstream.listing = [{ id: 5 }]
  await look()
  assert.equal(stateOf(cluster), 'closed', 'it says strange things, but is there')
  await upstream.kill()
  await look()
  assert.equal(stateOf(cluster), 'open')
  assert.deepEqual(known(), [['x', 'y'], 4_096, 512])
  await upstream.revive()
  upstream.listing = [{ id: 'z' }]
  await look()
  assert.equal(stateOf(cluster), 'closed')
  assert.deepEqual(cluster.models(), ['z'])
})
