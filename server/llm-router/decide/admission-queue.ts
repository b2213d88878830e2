import { type AdmissionLine, createAdmissionLine, type RequestClass } from './admission-line.ts'
import { type Asker, countAhead, type Entry, firstOf, rank } from './admission-ranks.ts'
import type { Outlook } from './outlook.ts'
import { createRecentUse, tokensOf } from './recent-use.ts'

/**
 * The line in front of the clusters (router.md, "Admission"). Who comes is admitted or refused at once; who was admitted
 * is not refused any more. Of those who wait, whoever has had least lately starts first; of equals, who came first.
 *
 * Synchronous and without I/O: times are milliseconds on one clock that never runs back, and the simulator runs this very
 * code. It counts no places on clusters: whether there is one is what a ticket's `start` finds out.
 */
export interface AdmissionQueue {
  /**
   * Admitted where wait and first token together are predicted to take no longer than the class allows, by the rank that
   * the request itself would have: what a heavy user has waiting does not stand before a light one. Refused only where
   * somebody else is in the way, and something is known of how long they take.
   */
  admit(asker: Asker, now: number): Admission
  /** For one that was accepted before: it waits however long it has to. */
  admitAnyway(asker: Asker, now: number): QueueTicket
  /** Starts whoever can be: to be called when a place may have become free. */
  advance(now: number): void
  /** Everybody who waits, and where. */
  places(now: number): ReadonlyMap<QueueTicket, Place>
  /** How many wait. */
  readonly waiting: number
}

export type Admission =
  | { readonly ticket: QueueTicket }
  /** Refused: when trying again will help, if all who were told so come when they were told. */
  | { readonly ticket: undefined; readonly retryAfterMs: number }

/** Where somebody stands who waits: 1 is the next. */
export interface Place {
  readonly position: number
  /** As far as can be told: 0 while nothing is known. */
  readonly waitMs: number
}

export interface QueueTicket {
  /**
   * Gets in line; again, after `ended`, for what needs a second generation. `start` is called when it is this one's turn,
   * perhaps before this returns: it takes a place on a cluster and returns true; or finds none, returns false, and is
   * called again later.
   */
  enter(start: () => boolean, now: number): void
  /** What was started is over and its place free; `spent` is undefined where nothing was answered. */
  ended(spent: Spent | undefined, now: number): void
  /** Leaves the line. What was started goes on until `ended`. However often it is called, it counts once. */
  release(now: number): void
}

export interface Spent {
  readonly uncachedInputTokens: number
  readonly outputTokens: number
}

export interface AdmissionQueueOptions {
  /** Of the clusters that serve a model now. */
  readonly outlook: (model: string, promptTokens: number, now: number) => Outlook
}

/**
 * What wait and first token together may be predicted to take. A prediction is a mean: what takes a quarter longer still
 * comes within the 5 s that are promised, or the 30 s for what nobody waits for.
 */
const mostMs: Readonly<Record<RequestClass, number>> = { interactive: 4_000, default: 4_000, bulk: 24_000 }
/** Where a first token takes long even alone, waiting for it may take so many times as long. */
const mostTimesAlone = 2
/** While nobody knows how long a generation takes, so many may wait for each place, and so many in any case. */
const unknownPerSlot = 2
const unknownAtLeast = 4
const unknownRetryMs = 2_000

export function createAdmissionQueue({ outlook }: AdmissionQueueOptions): AdmissionQueue {
  const lines = new Map<string, AdmissionLine>()
  const use = createRecentUse()
  /** In the order of admission. */
  const entries = new Set<Waiting>()
  let moving = false
  let moveAgain = false

  function lineOf(model: string): AdmissionLine {
    const line = lines.get(model) ?? createAdmissionLine()
    lines.set(model, line)
    return line
  }

  /**
   * Who has nothing in line starts level with the lightest of those who wait, or with what one request costs, where even
   * they have had more: so newcomers pass those who have had much, but not, for ever, those who have had little.
   */
  function liftNewcomer(asker: Asker, now: number): void {
    let level = costOf(asker)
    for (const { asker: other } of entries) {
      if (other.userId === asker.userId) return
      if (other.class !== 'bulk') level = Math.min(level, use.of(other.userId, now))
    }
    if (entries.size > 0) use.lift(asker.userId, level, now)
  }

  /** Undefined: it may come. Else when it should come again. */
  function refusal(asker: Asker, now: number): number | undefined {
    const line = lineOf(asker.model)
    const ahead = countAhead(rank(entries, asker.model, use, now), asker, use, now)
    const view = outlook(asker.model, asker.promptTokens, now)
    const waitMs = line.waitMs(ahead + 1, asker.class, view, now)
    if (waitMs === undefined)
      return ahead < Math.max(unknownAtLeast, unknownPerSlot * view.slots) ? undefined : unknownRetryMs
    const { firstTokenMs = 0, aloneMs } = view
    const excessMs = waitMs + firstTokenMs - Math.max(mostMs[asker.class], mostTimesAlone * aloneMs)
    return excessMs <= 0 ? undefined : line.retryAfterMs(excessMs, view, now)
  }

  function move(now: number): void {
    const full = new Set<string>()
    const kept = new Set<string>()
    const isHeld = (asker: Asker) => full.has(asker.model) || (asker.class !== 'interactive' && kept.has(asker.model))
    for (
      let entry = firstOf(entries, isHeld, use, now);
      entry !== undefined;
      entry = firstOf(entries, isHeld, use, now)
    ) {
      const { asker } = entry
      const line = lineOf(asker.model)
      if (!line.allows(asker.class, outlook(asker.model, asker.promptTokens, now), now)) kept.add(asker.model)
      else if (!entry.start?.()) full.add(asker.model)
      else {
        entries.delete(entry)
        entry.started(overtakes(entry), now)
      }
    }
  }

  const overtakes = ({ admittedAt, asker }: Entry): boolean => {
    for (const other of entries)
      if (other.start !== undefined && other.asker.model === asker.model) return other.admittedAt < admittedAt
    return false
  }

  function advance(now: number): void {
    moveAgain = true
    if (moving) return // what starts may end at once
    moving = true
    try {
      while (moveAgain) {
        moveAgain = false
        move(now)
      }
    } finally {
      moving = false
    }
  }

  function createTicket(asker: Asker, now: number): QueueTicket {
    const line = lineOf(asker.model)
    const cost = costOf(asker)
    let startedAt: number | undefined
    liftNewcomer(asker, now)
    line.asked(asker.class, now)
    const ticket: QueueTicket = {
      enter(start, at) {
        entry.start = start
        entries.add(entry)
        advance(at)
      },
      ended(spent, at) {
        if (startedAt === undefined) return
        line.ended(asker.class, spent && at - startedAt)
        use.add(
          asker.userId,
          (spent === undefined ? 0 : tokensOf(spent.uncachedInputTokens, spent.outputTokens)) - cost,
          at,
        )
        startedAt = undefined
        advance(at)
      },
      release(at) {
        if (entries.delete(entry)) advance(at)
      },
    }
    const entry: Waiting = {
      asker,
      cost,
      admittedAt: now,
      start: undefined,
      ticket,
      started(overtook, at) {
        startedAt = at
        line.started(asker.class, overtook)
        use.add(asker.userId, cost, at)
      },
    }
    entries.add(entry)
    return ticket
  }

  return {
    admit(asker, now) {
      liftNewcomer(asker, now)
      const retryAfterMs = refusal(asker, now)
      return retryAfterMs === undefined ? { ticket: createTicket(asker, now) } : { ticket: undefined, retryAfterMs }
    },
    admitAnyway: createTicket,
    advance,
    places(now) {
      const places = new Map<QueueTicket, Place>()
      for (const model of new Set([...entries].map(({ asker }) => asker.model))) {
        const line = lineOf(model)
        rank(entries, model, use, now).forEach(({ entry }, index) => {
          if (entry.start === undefined) return
          const { promptTokens, class: kind } = entry.asker
          const waitMs = line.waitMs(index + 1, kind, outlook(model, promptTokens, now), now) ?? 0
          places.set(entry.ticket, { position: index + 1, waitMs })
        })
      }
      return places
    },
    get waiting() {
      let waiting = 0
      for (const { start } of entries) if (start !== undefined) waiting += 1
      return waiting
    },
  }
}

const costOf = ({ promptTokens, outputTokens }: Asker) => tokensOf(promptTokens, outputTokens)

interface Waiting extends Entry {
  readonly ticket: QueueTicket
  /** `overtook`: one that came earlier still waits. */
  started(overtook: boolean, now: number): void
}
