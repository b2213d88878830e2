import type { RequestClass } from './admission-line.ts'
import type { RecentUse } from './recent-use.ts'

/** Who asks for a generation, and for what. */
export interface Asker {
  readonly userId: string
  readonly class: RequestClass
  /** The name that clusters know it by. */
  readonly model: string
  /** Both by a guess: what of the prompt has to be read, and the answer. */
  readonly promptTokens: number
  readonly outputTokens: number
}

/** One who was admitted and has not started. */
export interface Entry {
  readonly asker: Asker
  /** What it will count as its user's use. */
  readonly cost: number
  readonly admittedAt: number
  /** Takes a place on a cluster, or finds none and returns false. Undefined: it is still on its way to the line. */
  start: (() => boolean) | undefined
}

/** Where a request stands: who has had least by then starts first, bulk behind all others; of equals, who came first. */
export interface Rank {
  readonly bulk: boolean
  /** What its user will have had when everything that the user asked for before has started. */
  readonly used: number
}

export interface Ranked extends Rank {
  readonly entry: Entry
}

export const byRank = (a: Rank, b: Rank): number => Number(a.bulk) - Number(b.bulk) || a.used - b.used

/** Who was admitted, and has not entered by then, is not counted on. */
const comingMs = 2_000

/** Everybody in line for a model, in the order in which they will start if nobody else comes. `entries` are in that of admission. */
export function rank(entries: Iterable<Entry>, model: string, use: RecentUse, now: number): Ranked[] {
  const had = new Map<string, number>()
  const ranks: Ranked[] = []
  for (const entry of entries) {
    const { asker, cost, start, admittedAt } = entry
    if (asker.model !== model || (start === undefined && now - admittedAt > comingMs)) continue
    const bulk = asker.class === 'bulk'
    const used = had.get(asker.userId) ?? use.of(asker.userId, now)
    ranks.push({ entry, bulk, used })
    if (!bulk) had.set(asker.userId, used + cost)
  }
  return ranks.sort(byRank)
}

/** How many of these would start before one that comes now. */
export function countAhead(
  ranks: readonly Ranked[],
  { userId, class: kind }: Asker,
  use: RecentUse,
  now: number,
): number {
  const bulk = kind === 'bulk'
  let used = use.of(userId, now)
  for (const { entry, bulk: behind } of ranks) if (!behind && entry.asker.userId === userId) used += entry.cost
  return ranks.filter(other => byRank(other, { bulk, used }) <= 0).length
}

/** The first of those that could start, passing over those that `isHeld`. */
export function firstOf(
  entries: Iterable<Entry>,
  isHeld: (asker: Asker) => boolean,
  use: RecentUse,
  now: number,
): Entry | undefined {
  let first: Ranked | undefined
  const used = new Map<string, number>()
  for (const entry of entries) {
    const { asker, start } = entry
    if (start === undefined || isHeld(asker)) continue
    const had = used.get(asker.userId) ?? use.of(asker.userId, now)
    used.set(asker.userId, had)
    const one = { entry, bulk: asker.class === 'bulk', used: had }
    if (first === undefined || byRank(one, first) < 0) first = one
  }
  return first?.entry
}
