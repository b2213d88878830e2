import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '#kit'
import { keepUp } from './keep-up.ts'
import { StartError } from './start-error.ts'
import type { Charge } from './take-charge.ts'
import { silence } from './testing/scratch-folder.ts'

test('a Postgres that dies five times within a minute is given up, with growing waits before that', async () => {
  const world = fakeWorld(() => deadCharge)
  const reason = await keepUp(deadCharge, world.options)
  assert.match(reason?.message ?? '', /^The Postgres in "folder" died five times within a minute\./)
  assert.deepEqual(world.waits, [500, 1000, 2000, 4000])
})

test('one that dies now and then is brought back for ever', async () => {
  const world = fakeWorld(() => {
    world.pass(20_000)
    if (world.tries() === 50) world.end()
    return deadCharge
  })
  assert.equal(await keepUp(deadCharge, world.options), undefined)
  assert.equal(world.tries(), 50)
})

test('the last failed try is the reason it was given up', async () => {
  const world = fakeWorld(() => {
    throw new StartError('disk_full', 'The disk is full.')
  })
  const reason = await keepUp(deadCharge, world.options)
  assert.match(reason?.message ?? '', /died five times within a minute\. At last: The disk is full\.$/)
})

test('it is given up at once when another Parley has taken the folder', async () => {
  const taken = new StartError('already_running', 'Another Parley already runs.')
  const world = fakeWorld(() => {
    throw taken
  })
  assert.equal(await keepUp(deadCharge, world.options), taken)
  assert.equal(world.tries(), 1)
})

/** Its connection is lost already; nothing else of it is looked at. */
const deadCharge = { pid: 1, gone: Promise.resolve() } as Charge

function fakeWorld(takeCharge: () => Charge) {
  let now = 0
  let tries = 0
  const waits: number[] = []
  const abort = new AbortController()
  const clock: Clock = { now: () => now, elapsed: () => now }
  return {
    waits,
    tries: () => tries,
    pass: (ms: number) => {
      now += ms
    },
    end: () => abort.abort(),
    options: {
      folder: 'folder',
      log: silence,
      clock,
      signal: abort.signal,
      takeCharge: async () => {
        tries += 1
        return takeCharge()
      },
      onCharge: () => {},
      wait: async (ms: number) => {
        waits.push(ms)
        now += ms
      },
    },
  }
}
