import { setTimeout as wait } from 'node:timers/promises'
import { progress } from '../run-bench.ts'
import { pick, type Random, shuffle } from '../seeded-random.ts'
import type { Fault, HistoryWriter } from './history.ts'
import type { Replica } from './replica.ts'
import type { Stage } from './stage.ts'

/** What a fault hit; undefined where there was nothing it could hit. */
type Blow = (stage: Stage, random: Random) => Promise<Hit | undefined>

interface Hit {
  /** For people. */
  readonly target: string
  /** Turns whose owner was hit. */
  readonly turnIds: readonly string[]
  /** When it was dealt, by the clock. */
  readonly at: number
  /** Gives back what was taken; resolves when that is done. */
  readonly heal: Promise<void>
}

/** How long a stalled process sleeps. */
const stallMs = 30_000
/** How long Postgres, Redis or a cluster is away. */
const awayMs = 4_000

const blows: Readonly<Record<string, Blow>> = {
  kill: (stage, random) =>
    hitReplica(stage, random, async replica => {
      replica.kill()
      await gone(replica)
      await replica.ready()
    }),
  stall: (stage, random) =>
    hitReplica(stage, random, async replica => {
      replica.stall()
      await wait(stallMs)
      replica.resume()
    }),
  drain: (stage, random) =>
    hitReplica(stage, random, async replica => {
      await replica.drain()
      await replica.ready()
    }),
  async cut({ replicas, balancer }, random) {
    const replica = pick(up(replicas), random)
    if (replica === undefined) return undefined
    const count = balancer.cut(replica.port)
    return instant(`${count} connections of ${replica.name}`)
  },
  async postgres({ postgres }) {
    return takeAway('stopped and started', postgres)
  },
  async crash({ postgres }) {
    await postgres.crash()
    return instant('kill -9 of the postmaster')
  },
  async connections({ postgres }) {
    return instant(`${await postgres.cutConnections()} connections to Postgres`)
  },
  async redis({ redis }) {
    return redis && takeAway('killed and started', { stop: redis.kill, start: redis.start })
  },
  async cluster({ clusters }, random) {
    const cluster = pick(clusters, random)
    return cluster && takeAway(cluster.name, { stop: cluster.kill, start: cluster.start })
  },
}

export const faultNames = Object.keys(blows)

/**
 * Deals one fault every `everyMs` until `untilMs` from now, each name once before one comes again, in an order that the
 * seed decides. Resolves when all of them are healed.
 */
export async function dealFaults(stage: Stage, history: HistoryWriter, plan: FaultPlan): Promise<void> {
  const { names, everyMs, forMs, random } = plan
  const healing: Promise<void>[] = []
  const beganAt = Date.now()
  let deck: string[] = []
  for (let dueAt = beganAt + everyMs; dueAt < beganAt + forMs; dueAt += everyMs) {
    await wait(Math.max(0, dueAt - Date.now()))
    if (deck.length === 0) deck = shuffle(names, random)
    const name = deck.pop() ?? ''
    const hit = await blows[name]?.(stage, random).catch(error => void progress(`${name} failed: ${error}`))
    if (hit === undefined) continue
    progress(`  ${Math.round((hit.at - beganAt) / 1_000)} s: ${name}, ${hit.target}`)
    healing.push(
      hit.heal.then(() => {
        const { at, target, turnIds } = hit
        history.write({ type: 'fault', at, healedAt: Date.now(), name, target, turnIds } satisfies Fault)
      }),
    )
  }
  await wait(Math.max(0, beganAt + forMs - Date.now()))
  await Promise.all(healing)
}

export interface FaultPlan {
  readonly names: readonly string[]
  readonly everyMs: number
  readonly forMs: number
  readonly random: Random
}

const up = (replicas: readonly Replica[]) => replicas.filter(replica => replica.up)

/** One that runs, as long as another one does. */
async function hitReplica(
  { replicas }: Stage,
  random: Random,
  strike: (replica: Replica) => Promise<void>,
): Promise<Hit | undefined> {
  const running = up(replicas)
  const replica = running.length > 1 ? pick(running, random) : undefined
  if (replica === undefined) return undefined
  const turnIds = await replica.ownedTurns()
  const at = Date.now()
  return { target: `${replica.name}, ${turnIds.length} turns`, turnIds, at, heal: strike(replica) }
}

/** Its `ready` is the old process's until its end was noticed. */
async function gone(replica: Replica): Promise<void> {
  while (replica.up) await wait(10)
}

const instant = (target: string): Hit => ({ target, turnIds: [], at: Date.now(), heal: Promise.resolve() })

function takeAway(target: string, thing: { stop(): Promise<void>; start(): Promise<void> }): Hit {
  const heal = async () => {
    await thing.stop()
    await wait(awayMs)
    await thing.start()
  }
  return { target, turnIds: [], at: Date.now(), heal: heal() }
}
