import type { RequestClass } from './admission-line.ts'
import type { Start } from './admission-queue.ts'
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
  /** It has waited long enough, and its user has nothing else under way: nobody overtakes it any more. */
  isDue(now: number): boolean
  /** Undefined: it is still on its way to the line. */
  start: Start | undefined
}

/**
 * Where a request stands. Bulk is behind all others. Those that are due come first, in the order in which they came; then
 * those whose users have had least; of equals, who came first.
 */
export interface Rank {
  readonly bulk: boolean
  readonly due: boolean
  /** What its user will have had when everything that the user asked for before has started. */
  readonly used: number
}

export interface Ranked<Of extends Entry = Entry> extends Rank {
  readonly entry: Of
}

const byRank = (a: Rank, b: Rank): number =>
  Number(a.bulk) - Number(b.bulk) || Number(b.due) - Number(a.due) || (a.due ? 0 : a.used - b.used)

/** One who was admitted and has not entered by then is not counted on. */
const comingMs = 2_000

/** Everybody in line for a model, in the order in which they start if nobody else comes. `entries` are in that of admission. */
export const rank = <Of extends Entry>(
  entries: Iterable<Of>,
  model: string,
  use: RecentUse,
  now: number,
): Ranked<Of>[] => ranksOf(entries, model, use, now).sort(byRank)

/** The same in the order of admission: counting needs no other. */
export function ranksOf<Of extends Entry>(
  entries: Iterable<Of>,
  model: string,
  use: RecentUse,
  now: number,
): Ranked<Of>[] {
  const had = new Map<string, number>()
  const ranks: Ranked<Of>[] = []
  for (const entry of entries) {
    const { asker, cost, start, admittedAt } = entry
    if (asker.model !== model || (start === undefined && now - admittedAt > comingMs)) continue
    const bulk = asker.class === 'bulk'
    const before = had.get(asker.userId)
    const used = before ?? use.of(asker.userId, now)
    ranks.push({ entry, bulk, due: before === undefined && entry.isDue(now), used })
    if (!bulk) had.set(asker.userId, used + cost)
  }
  return ranks
}

/** How many of these would start before one that comes now, and that is due at once or not. */
export function countAhead(ranks: readonly Ranked[], asker: Asker, due: boolean, use: RecentUse, now: number): number {
  let used = use.of(asker.userId, now)
  for (const { entry, bulk } of ranks) if (!bulk && entry.asker.userId === asker.userId) used += entry.cost
  const own = { bulk: asker.class === 'bulk', due, used }
  return ranks.filter(other => byRank(other, own) <= 0).length
}

/** The first of those that may start: not those that are `held`. */
export function firstOf<Of extends Entry>(
  entries: Iterable<Of>,
  held: (entry: Of) => boolean,
  use: RecentUse,
  now: number,
): Of | undefined {
  let first: Ranked<Of> | undefined
  for (const entry of entries) {
    const { asker, start } = entry
    if (start === undefined || held(entry)) continue
    const one = { entry, bulk: asker.class === 'bulk', due: entry.isDue(now), used: use.of(asker.userId, now) }
    if (first === undefined || byRank(one, first) < 0) first = one
  }
  return first?.entry
}
