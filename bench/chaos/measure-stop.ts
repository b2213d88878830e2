import { setTimeout as wait } from 'node:timers/promises'
import { within } from './judgement.ts'
import { fastQuestion, type Timings } from './measure-catch-up.ts'
import type { Stage } from './stage.ts'
import { placeTurn, readTurn, stopTurn } from './watched-turn.ts'

const mostMs = 200
/** How long a cluster is asked whether its socket was closed. */
const patienceMs = 10_000

interface Stopped {
  readonly ownersReaderMs: number
  readonly othersReaderMs: number
  readonly clusterMs: number
}

/**
 * How soon a stop that one replica takes is seen: by readers on the owner and on a third replica, and by the cluster,
 * whose socket is closed. One after the other.
 */
export async function measureStop(stage: Stage, rounds: number, when: string): Promise<Timings> {
  const stops: Stopped[] = []
  for (let number = 0; number < rounds; number++)
    stops.push(await measureOne(stage, fastQuestion(`stop ${when}`, number)))
  const rows = [
    {
      name: `stop on another replica, ${when}, until its owner's reader saw the end`,
      ms: stops.map(one => one.ownersReaderMs),
    },
    { name: `the same, until a third replica's reader saw the end`, ms: stops.map(one => one.othersReaderMs) },
    { name: `the same, until the cluster's socket was closed`, ms: stops.map(one => one.clusterMs) },
  ]
  return {
    promises: rows.map(({ name, ms }) => within(`${name.replace('the same', `stop, ${when}`)}, p99`, mostMs, ms)),
    latencies: rows,
  }
}

async function measureOne(stage: Stage, question: string): Promise<Stopped> {
  const [owner, asked, third] = stage.replicas
  const [key] = stage.keys
  if (owner === undefined || asked === undefined || third === undefined || key === undefined)
    throw new Error('this needs three replicas')
  const { turnId } = await placeTurn(owner.url, key, question)
  const readers = [readTurn(owner.url, key, turnId), readTurn(third.url, key, turnId)] as const
  await Promise.all(readers.map(reader => reader.until(({ text }) => text.length > 20)))
  const askedAt = Date.now()
  const [ownersEnd, othersEnd, cutAt] = await Promise.all([
    readers[0].until(({ end }) => end !== undefined),
    readers[1].until(({ end }) => end !== undefined),
    untilCut(stage, question),
    stopTurn(asked.url, key, turnId),
  ])
  const since = (at: number | undefined) => (at === undefined ? Number.POSITIVE_INFINITY : at - askedAt)
  return { ownersReaderMs: since(ownersEnd), othersReaderMs: since(othersEnd), clusterMs: since(cutAt) }
}

/** The clusters note the time themselves: asking seldom does not blur it. */
async function untilCut({ clusters }: Stage, question: string): Promise<number | undefined> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await wait(50)) {
    for (const cluster of clusters) {
      const { cutAt } = await cluster.ask({ do: 'tell', question })
      if (cutAt !== undefined) return cutAt
    }
  }
  return undefined
}
