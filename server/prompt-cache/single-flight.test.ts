import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSingleFlight } from './single-flight.ts'

type Batch = readonly string[]
const never = new AbortController().signal

/** A generation that the test brings forward by hand; `generate` counts how often it began. */
function handGeneration() {
  const end = Promise.withResolvers<void>()
  const state = {
    begun: 0,
    signal: never,
    send: (_: Batch) => {},
    end,
    generate(take: (batch: Batch) => void, signal: AbortSignal) {
      state.begun++
      state.signal = signal
      state.send = take
      return end.promise
    },
  }
  return state
}

test('a thousand equal prompts at once begin one generation, and all get every batch; one of them pays', async () => {
  const flight = createSingleFlight<string>()
  const generation = handGeneration()
  const seen = Array.from({ length: 1_000 }, (): Batch[] => [])
  const joins = seen.map(batches => flight.join('key', generation.generate, batch => batches.push(batch), never))
  const sent = [['a', 'b'], ['c']]
  for (const [index, batch] of sent.entries()) {
    generation.send(batch)
    assert.ok(seen.every(batches => batches.length === index + 1))
  }
  generation.end.resolve()
  const outcomes = await Promise.all(joins)
  assert.equal(generation.begun, 1)
  for (const batches of seen) assert.deepEqual(batches, sent)
  assert.deepEqual(
    outcomes.map(({ led }) => led),
    outcomes.map((_, index) => index === 0),
  )
})

test('different prompts have generations of their own', async () => {
  const flight = createSingleFlight<string>()
  const [one, other] = [handGeneration(), handGeneration()]
  const seen: Batch[] = []
  const joins = [
    flight.join('one', one.generate, batch => seen.push(batch), never),
    flight.join('other', other.generate, batch => seen.push(batch), never),
  ]
  one.send(['1'])
  other.send(['2'])
  one.end.resolve()
  other.end.resolve()
  assert.deepEqual(await Promise.all(joins), [{ led: true }, { led: true }])
  assert.deepEqual(seen, [['1'], ['2']])
})

test('who joins late gets at once what came so far, in the same batches, and then the rest', async () => {
  const flight = createSingleFlight<string>()
  const generation = handGeneration()
  const late: Batch[] = []
  const first = flight.join('key', generation.generate, () => {}, never)
  generation.send(['a', 'b'])
  generation.send(['c'])
  const second = flight.join('key', generation.generate, batch => late.push(batch), never)
  assert.deepEqual(late, [['a', 'b'], ['c']])
  generation.send(['d'])
  generation.end.resolve()
  assert.deepEqual(await Promise.all([first, second]), [{ led: true }, { led: false }])
  assert.deepEqual(late, [['a', 'b'], ['c'], ['d']])
})

test('who joins while a batch is handed out gets it once, and in its turn', async () => {
  const flight = createSingleFlight<string>()
  const generation = handGeneration()
  const inner: Batch[] = []
  let joined: Promise<unknown> | undefined
  const outer = flight.join(
    'key',
    generation.generate,
    () => {
      joined ??= flight.join('key', generation.generate, batch => inner.push(batch), never)
    },
    never,
  )
  generation.send(['a'])
  generation.send(['b'])
  generation.end.resolve()
  await Promise.all([outer, joined])
  assert.deepEqual(inner, [['a'], ['b']])
})

test('one who leaves gets nothing more and disturbs nobody; the next who joined pays', async () => {
  const flight = createSingleFlight<string>()
  const generation = handGeneration()
  const stop = new AbortController()
  const [left, stayed]: Batch[][] = [[], []]
  const leaving = flight.join('key', generation.generate, batch => left?.push(batch), stop.signal)
  const staying = flight.join('key', generation.generate, batch => stayed?.push(batch), never)
  generation.send(['a'])
  stop.abort('stopped')
  await assert.rejects(leaving, reason => reason === 'stopped')
  generation.send(['b'])
  assert.ok(!generation.signal.aborted)
  generation.end.resolve()
  assert.deepEqual(await staying, { led: true })
  assert.deepEqual([left, stayed], [[['a']], [['a'], ['b']]])
})

test('when the last one leaves the generation is aborted, and the next prompt begins anew', async () => {
  const flight = createSingleFlight<string>()
  const [aborted, next] = [handGeneration(), handGeneration()]
  const stops = [new AbortController(), new AbortController()]
  const joins = stops.map(({ signal }) => flight.join('key', aborted.generate, () => {}, signal))
  const rejected = Promise.allSettled(joins)
  stops[0]?.abort('first')
  assert.ok(!aborted.signal.aborted)
  stops[1]?.abort('last')
  assert.ok(aborted.signal.aborted)
  assert.equal(aborted.signal.reason, 'last')
  const seen: Batch[] = []
  const again = flight.join('key', next.generate, batch => seen.push(batch), never)
  aborted.send(['old'])
  next.send(['new'])
  aborted.end.reject(new Error('aborted'))
  await rejected
  const joiner = flight.join('key', next.generate, () => {}, never)
  next.end.resolve()
  assert.deepEqual(await Promise.all([again, joiner]), [{ led: true }, { led: false }])
  assert.deepEqual(seen, [['new']])
  assert.equal(next.begun, 1)
})

test('a generation that fails fails for everybody, and the next prompt begins anew', async () => {
  const flight = createSingleFlight<string>()
  const failing = handGeneration()
  const failure = new Error('the cluster is gone')
  const joins = [1, 2, 3].map(() => flight.join('key', failing.generate, () => {}, never))
  failing.end.reject(failure)
  for (const join of await Promise.allSettled(joins)) assert.equal(join.status === 'rejected' && join.reason, failure)
  assert.deepEqual(
    await flight.join(
      'key',
      async () => {},
      () => {},
      never,
    ),
    { led: true },
  )
  const thrown = flight.join(
    'key',
    () => {
      throw failure
    },
    () => {},
    never,
  )
  await assert.rejects(thrown, failure)
  assert.deepEqual(
    await flight.join(
      'key',
      async () => {},
      () => {},
      never,
    ),
    { led: true },
  )
})

test('one whose `take` throws is hurt alone', async () => {
  const flight = createSingleFlight<string>()
  const generation = handGeneration()
  const bug = new Error('a bug of one sharer')
  const seen: Batch[] = []
  const broken = flight.join(
    'key',
    generation.generate,
    () => {
      throw bug
    },
    never,
  )
  const whole = flight.join('key', generation.generate, batch => seen.push(batch), never)
  generation.send(['a'])
  await assert.rejects(broken, bug)
  generation.send(['b'])
  generation.end.resolve()
  assert.deepEqual(await whole, { led: true })
  assert.deepEqual(seen, [['a'], ['b']])
})

test('who has stopped before joining begins nothing', async () => {
  const flight = createSingleFlight<string>()
  const generation = handGeneration()
  const join = flight.join('key', generation.generate, () => {}, AbortSignal.abort('stopped'))
  await assert.rejects(join, reason => reason === 'stopped')
  assert.equal(generation.begun, 0)
})
