import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Away, type Log } from '#kit'
import { startHub } from '../../test/support/hub.ts'
import { type Channel, openLine } from './index.ts'

const bugs: unknown[] = []
const log: Log = { debug() {}, info() {}, warn() {}, error: fields => void bugs.push(fields.error) }

/** Patience that no test uses up. */
const patient = { limitMs: 30_000 }

/** Two ends in this process; what crosses is cloned, as between processes. */
function openEnds(t: TestContext, answer: (subject: string, question: unknown) => Promise<unknown>) {
  const { port1, port2 } = new MessageChannel()
  t.after(() => port1.close())
  const one = openLine({ channel: over(port1), answer: async () => 'from one', log })
  const other = openLine({ channel: over(port2), answer, log })
  return [one, other] as const
}

const over = (port: MessagePort): Channel => ({
  send(message, done) {
    port.postMessage(message)
    done(null)
  },
  onMessage: listener => void port.on('message', listener),
})

test('both ends ask and answer, many at once, each getting their own', async t => {
  const [one, other] = openEnds(t, async (subject, question) => {
    if (question === 0) await new Promise(setImmediate) // overtaken by the others
    return [subject, question]
  })
  const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => one.ask('what', index, patient)))
  assert.deepEqual(
    answers,
    Array.from({ length: 100 }, (_, index) => ['what', index]),
  )
  assert.equal(await other.ask('what', undefined, patient), 'from one')
})

test('a question that fails by a bug is away for whoever asked, and logged where it failed', async t => {
  const bug = new Error('a bug')
  const [one] = openEnds(t, () => Promise.reject(bug))
  await assert.rejects(one.ask('what', undefined, patient), Away)
  assert.deepEqual(bugs.splice(0), [bug])
})

test('who does not answer in time is asked no more until they say a word, but for what they must do', async t => {
  const heard: unknown[] = []
  const held = Promise.withResolvers<void>()
  const [one] = openEnds(t, async (_, question) => {
    heard.push(question)
    if (question === 'slow') await held.promise
    return question
  })
  await assert.rejects(one.ask('what', 'slow', { limitMs: 20 }), Away)
  await assert.rejects(one.ask('what', 'not asked', patient), Away)
  const sure = one.ask('what', 'sure', { ...patient, surely: true })
  assert.equal(await sure, 'sure')
  assert.equal(await one.ask('what', 'again', patient), 'again', 'they have said a word')
  held.resolve()
  assert.deepEqual(heard, ['slow', 'sure', 'again'])
})

test('one that was busy itself does not take the other end for away', async t => {
  const { line } = await startHub(t, log)
  const meter = { name: 'any', perMinute: 1, burst: 1 }
  const asked = line.ask('meters', { what: 'charge', meter, key: 'ada', cost: 1 }, { limitMs: 300 })
  await new Promise(setImmediate) // it is sent
  for (const startedAt = performance.now(); performance.now() - startedAt < 600; );
  await asked
})

test('a line that is closed leaves nobody waiting, and one to a process that is gone neither', async t => {
  const [one] = openEnds(t, () => new Promise(() => {}))
  const asked = one.ask('what', undefined, patient)
  one.close()
  await assert.rejects(asked, Away)
  const gone = openLine({
    channel: { send: (_, done) => done(new Error('the channel is closed')), onMessage() {} },
    answer: async () => undefined,
    log,
  })
  await assert.rejects(gone.ask('what', undefined, patient), Away)
})
