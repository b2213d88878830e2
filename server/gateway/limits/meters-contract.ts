import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Meter, Meters } from './meters.ts'

/** One unit an hour: what a test spends does not come back while it runs. */
const slow = (name: string, burst: number): Meter => ({ name, perMinute: 1 / 60, burst })
const hourMs = 3_600_000

/** What meters promise wherever they are counted. `open` gives the meters of two processes that count together. */
export function testMeters(
  name: string,
  options: { readonly skip: string | false },
  open: () => Promise<readonly [Meters, Meters]>,
): void {
  const promise = (what: string, check: (one: Meters, other: Meters) => Promise<void>) =>
    test(`${name}: ${what}`, options, async () => check(...(await open())))

  /** Names and keys are new for each test: the meters of all tests may lie in one place. */
  let keys = 0
  const anyKey = () => `key ${++keys} of ${process.pid}`

  promise('what one process spends is gone for every process', async (one, other) => {
    const [meter, key] = [slow('spent', 3), anyKey()]
    const readings = [await one.spend(meter, key), await other.spend(meter, key), await one.spend(meter, key)]
    assert.deepEqual(
      readings.map(({ allowance: { allowed, limit, remaining } }) => [allowed, limit, remaining]),
      [
        [true, 3, 2],
        [true, 3, 1],
        [true, 3, 0],
      ],
    )
    const { guarded, allowance } = await other.spend(meter, key)
    assert.equal(guarded, false)
    assert.deepEqual([allowance.allowed, allowance.remaining], [false, 0])
    assert.ok(allowance.retryAfterMs > hourMs - 30_000 && allowance.retryAfterMs <= hourMs, 'one unit an hour')
    assert.ok(allowance.resetMs > 3 * hourMs - 30_000 && allowance.resetMs <= 3 * hourMs)
  })

  promise('of a hundred that come at the same moment exactly the burst passes', async (one, other) => {
    const [meter, key] = [slow('rush', 10), anyKey()]
    const readings = await Promise.all(
      Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? one : other).spend(meter, key)),
    )
    assert.equal(readings.filter(({ allowance }) => allowance.allowed).length, 10)
  })

  promise('who waits as told is let in, and not much earlier', async (one, other) => {
    const [meter, key] = [{ name: 'waited', perMinute: 600, burst: 1 }, anyKey()]
    for (let round = 0; round < 5; round++) {
      const before = performance.now()
      assert.equal((await one.spend(meter, key)).allowance.allowed, true)
      const { allowance } = await other.spend(meter, key)
      if (performance.now() - before > 90) {
        await wait(110) // a machine that busy tells nothing
        continue
      }
      assert.equal(allowance.allowed, false)
      assert.ok(allowance.retryAfterMs > 0 && allowance.retryAfterMs <= 100)
      await wait(allowance.retryAfterMs + 2) // timers and two clocks, each rounded
    }
    assert.equal((await other.spend(meter, key)).allowance.limit, 1)
  })

  promise(
    'a guard that refuses keeps the meter as it is, and says so; one that allows is not spent',
    async (one, other) => {
      const [meter, guard, key] = [slow('guarded', 2), slow('guard', 5), anyKey()]
      assert.deepEqual(shortOf(await one.spend(meter, key, guard)), [false, true, 1])
      await other.charge(guard, key, 5)
      const refused = await one.spend(meter, key, guard)
      assert.deepEqual(shortOf(refused), [true, false, 0])
      assert.equal(refused.allowance.limit, 5)
      assert.deepEqual(shortOf(await other.spend(meter, key)), [false, true, 0])
      assert.deepEqual(shortOf(await one.spend(slow('unguarded', 1), key)), [false, true, 0])
    },
  )

  promise(
    'a charge goes into debt, which everybody sees, and a cost that is no positive number is none',
    async (one, other) => {
      const [meter, key] = [slow('charged', 10), anyKey()]
      for (const cost of [Number.NaN, -5, 0, Number.POSITIVE_INFINITY]) await one.charge(meter, key, cost)
      await Promise.all([one.charge(meter, key, 15.5), other.charge(meter, key, 4.5)])
      const { allowance } = await other.spend(meter, key)
      assert.deepEqual([allowance.allowed, allowance.remaining], [false, 0])
      assert.ok(Math.abs(allowance.retryAfterMs - 11 * hourMs) < 30_000)
    },
  )

  promise('keys know nothing of each other, whatever they are made of', async (one, other) => {
    const meter = slow(`strange-${process.pid}-${++keys}`, 1)
    const strange = ['', 'a', 'a}', '{a}', 'a b', '__proto__', '\0', 'ü', 'u\u0308', 'x'.repeat(10_000)]
    for (const key of strange)
      assert.deepEqual(shortOf(await one.spend(meter, key, slow('other', 1))), [false, true, 0])
    for (const key of strange) assert.equal((await other.spend(meter, key)).allowance.allowed, false)
  })

  promise('zero a minute is no limit, guarded or guarding', async (one, other) => {
    const [none, meter, key] = [{ name: 'none', perMinute: 0, burst: 0 }, slow('limited', 1), anyKey()]
    await one.charge(none, key, 1e12)
    assert.equal((await one.spend(none, key, none)).allowance.limit, Infinity)
    assert.deepEqual(shortOf(await one.spend(none, key, meter)), [false, true, Infinity])
    assert.deepEqual(shortOf(await one.spend(meter, key, none)), [false, true, 0])
    assert.deepEqual(shortOf(await other.spend(none, key, meter)), [true, false, 0])
  })
}

const shortOf = ({ guarded, allowance }: Awaited<ReturnType<Meters['spend']>>) => [
  guarded,
  allowance.allowed,
  allowance.remaining,
]
