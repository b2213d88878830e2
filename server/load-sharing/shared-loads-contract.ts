import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { newId } from '#kit'
import { type ClusterShare, type SharedLoads, silenceMs } from './cluster-share.ts'

/** What shared loads promise wherever they lie. `open` gives those of two processes that share one place, new to both. */
export function testSharedLoads(
  name: string,
  options: { readonly skip: string | false },
  open: () => Promise<readonly [SharedLoads, SharedLoads]>,
): void {
  /** Clusters and processes are new for each test, which sees nothing of the others'. */
  const promise = (what: string, check: (one: Teller, other: Teller) => Promise<void>) =>
    test(`${name}: ${what}`, options, async () => {
      const [one, other] = await open()
      const id = newId()
      await check(tellerOf(one, id), tellerOf(other, id))
    })

  promise('a process that falls silent counts for nothing after half a second', async (one, other) => {
    // Whoever tried out whether the place can be reached is silent by then.
    while ((await other('ben', [])).processes > 1) await wait(5)
    const toldAt = performance.now()
    await one('ada', [shareOf('a', 1, 10)])
    let last = await other('ben', [])
    assert.deepEqual(last, { processes: 2, shares: [shareOf('a', 1, 10)] })
    while (last.processes > 1) {
      await wait(5)
      last = await other('ben', [])
    }
    assert.deepEqual(last.shares, [])
    const silentMs = performance.now() - toldAt
    assert.ok(silentMs >= silenceMs && silentMs < silenceMs + 1_000, `${silentMs} ms`)
  })

  promise('a process learns the sum of what all others have, and its own is not in it', async (one, other) => {
    assert.deepEqual((await one('ada', [shareOf('a', 1, 100), shareOf('b', 1, 5, 2)])).shares, [])
    await other('ben', [shareOf('b', 2, 7, 1), shareOf('c', 0, 0, 4)])
    assert.deepEqual((await other('cleo', [shareOf('c', 1, 1)])).shares, [
      shareOf('a', 1, 100),
      shareOf('b', 3, 12, 3),
      shareOf('c', 0, 0, 4),
    ])
    assert.deepEqual((await one('ada', [])).shares, [shareOf('b', 2, 7, 1), shareOf('c', 1, 1, 4)])
  })

  promise('what is told stands in place of what was told before, however often', async (one, other) => {
    const seen = async () => (await other('ben', [])).shares
    for (let round = 0; round < 3; round++) await one('ada', [shareOf('a', 2, 1.5)])
    assert.deepEqual(await seen(), [shareOf('a', 2, 1.5)])
    await one('ada', [shareOf('a', 1, 1.5, 1)])
    assert.deepEqual(await seen(), [shareOf('a', 1, 1.5, 1)])
    await one('ada', [])
    assert.deepEqual(await seen(), [])
  })

  promise('many that tell at the same moment are all heard', async (one, other) => {
    const names = Array.from({ length: 20 }, (_, index) => `process ${index}`)
    await Promise.all(names.map((process, index) => (index % 2 === 0 ? one : other)(process, [shareOf('a', 1, index)])))
    const { processes, shares } = await one('ada', [])
    assert.deepEqual(shares, [shareOf('a', 20, 190)])
    assert.ok(processes >= 21)
  })
}

type Teller = SharedLoads['exchange']

/** Sees of all that is told only what belongs to `id`, in the order of names. */
const tellerOf =
  ({ exchange }: SharedLoads, id: string): Teller =>
  async (process, own) => {
    const mine = (cluster: string) => `${id} ${cluster}`
    const { processes, shares } = await exchange(
      mine(process),
      own.map(share => ({ ...share, cluster: mine(share.cluster) })),
    )
    const theirs = shares.filter(({ cluster }) => cluster.startsWith(id))
    return {
      processes,
      shares: theirs
        .map(share => ({ ...share, cluster: share.cluster.slice(id.length + 1) }))
        .toSorted((a, b) => a.cluster.localeCompare(b.cluster)),
    }
  }

const shareOf = (cluster: string, unanswered: number, pendingTokens = 0, streaming = 0): ClusterShare => ({
  cluster,
  unanswered,
  pendingTokens,
  streaming,
})
