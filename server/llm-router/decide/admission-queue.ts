import { type AdmissionLine, createAdmissionLine, type RequestClass } from './admission-line.ts'
import { type Asker, countAhead, type Entry, firstOf, rank, ranksOf } from './admission-ranks.ts'
import type { Expected, Outlook } from './outlook.ts'
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
  /** How many of them for one of these models. */
  waitingFor(models: readonly string[]): number
}

export type Admission =
  | { readonly ticket: QueueTicket }
  /** Refused: when to come again; who comes then is let in, nearly always, even if all do who were told so. */
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
   * perhaps before this returns, and again later until it has started.
   */
  enter(start: Start, now: number): void
  /** What was started is over and its place free; `spent` is undefined where nothing was answered. */
  ended(spent: Spent | undefined, now: number): void
  /** Leaves the line. What was started goes on until `ended`. However often it is called, it counts once. */
  release(now: number): void
}

/**
 * Takes a place on a cluster and returns `started`; or finds that there is none: `full`; or none that this one could
 * use, though others may: `unfit`.
 */
export type Start = () => 'started' | 'full' | 'unfit'

export interface Spent {
  /** How long it held the place that it has just left. */
  readonly heldMs: number
  readonly uncachedInputTokens: number
  readonly outputTokens: number
}

export interface AdmissionQueueOptions {
  /** Of the clusters that serve a model now. */
  readonly outlook: (model: string, expected: Expected, now: number) => Outlook
}

/** What wait and first token together may take, by the promise. */
const mostMs: Readonly<Record<RequestClass, number>> = { interactive: 5_000, default: 5_000, bulk: 30_000 }
/** Where a first token takes long even alone, waiting for it may take so many times as long. */
const mostTimesAlone = 2
/** Who has waited for so much of it is not overtaken any more. */
const dueShare = 0.5
/** While nobody knows how long a generation takes, so many may wait for each place, and so many in any case. */
const unknownPerSlot = 1
const unknownAtLeast = 4
const unknownRetryMs = 2_000

export function createAdmissionQueue({ outlook }: AdmissionQueueOptions): AdmissionQueue {
  const lines = new Map<string, AdmissionLine>()
  const use = createRecentUse()
  /** In the order of admission. */
  const entries = new Set<Waiting>()
  let moving = false
  let moveAgain = false

  const view = (asker: Asker, now: number) => outlook(asker.model, asker, now)

  function lineOf({ model }: Asker): AdmissionLine {
    const line = lines.get(model) ?? createAdmissionLine()
    lines.set(model, line)
    return line
  }

  /** Undefined: it may come. Else when it should come again. */
  function refusal(asker: Asker, expected: boolean, now: number): number | undefined {
    const line = lineOf(asker)
    const outlook = view(asker, now)
    const due = expected && !isHeavy(asker, now)
    const ahead = countAhead(ranksOf(entries, asker.model, use, now), asker, due, use, now)
    const overtaking = due ? 0 : line.expected(untilDueMs(asker, isAlone(asker), now), now)
    const waitMs = line.waitMs(ahead + overtaking + 1, asker, outlook, now)
    if (waitMs === undefined)
      return ahead < Math.max(unknownAtLeast, unknownPerSlot * outlook.slots) ? undefined : unknownRetryMs
    // What it takes alone is no guess about others: whatever predictions have been off by, nobody is refused for that.
    const { firstTokenMs, aloneMs } = outlook
    const byOthersMs = waitMs + Math.max(0, (firstTokenMs ?? aloneMs) - aloneMs)
    // Careful is what is said where there is a line; where there is none, the clusters tell themselves how busy they are.
    const trusted = outlook.slots === Number.POSITIVE_INFINITY ? 1 : line.caution(isAlone(asker)).share(now)
    const excessMs = byOthersMs - trusted * (mostFor(asker, outlook) - aloneMs)
    return excessMs <= 0 ? undefined : line.retryAfterMs(asker, excessMs, outlook, now)
  }

  const untilDueMs = (asker: Asker, alone: boolean, now: number) =>
    lineOf(asker).caution(alone).share(now) * mostMs[asker.class] * dueShare

  function move(now: number): void {
    const full = new Set<string>()
    const kept = new Set<string>()
    const unfit = new Set<Entry>()
    const isHeld = (entry: Entry): boolean => {
      const { asker } = entry
      const { model, class: kind } = asker
      if (unfit.has(entry) || full.has(model) || (kind !== 'interactive' && kept.has(`programs ${model}`))) return true
      return kept.has(`heavy_users ${model}`) && isHeavy(asker, now)
    }
    for (
      let entry = firstOf(entries, isHeld, use, now);
      entry !== undefined;
      entry = firstOf(entries, isHeld, use, now)
    ) {
      const { asker } = entry
      const keptFrom = lineOf(asker).keptFrom(asker, view(asker, now), now)
      if (keptFrom !== undefined) {
        kept.add(`${keptFrom} ${asker.model}`)
        continue
      }
      const outcome = entry.start?.()
      if (outcome === 'started') entry.started(now)
      else if (outcome === 'full') full.add(asker.model)
      else unfit.add(entry)
    }
  }

  /** What starts may end at once, and so move the line again. */
  function advance(now: number): void {
    moveAgain = true
    if (moving) return
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

  /** `predicted`: it was told that it would be in time. `expected`: it was refused before, and told to come now. */
  function createTicket(asker: Asker, now: number, predicted: boolean, expected: boolean): QueueTicket {
    const line = lineOf(asker)
    const cost = costOf(asker)
    const alone = isAlone(asker)
    let startedAt: number | undefined
    let judged = !predicted || asker.class === 'bulk'
    if (alone) liftNewcomer(asker, now)
    line.asked(asker, now)

    const ticket: QueueTicket = {
      enter(start, at) {
        entry.start = start
        entries.add(entry)
        advance(at)
      },
      ended(spent, at) {
        if (startedAt === undefined) return
        line.ended(asker, startedAt, spent?.heldMs)
        startedAt = undefined
        const had = spent === undefined ? 0 : tokensOf(spent.uncachedInputTokens, spent.outputTokens)
        use.add(asker.userId, had - cost, at)
        advance(at)
      },
      release(at) {
        if (entries.delete(entry)) advance(at)
      },
    }
    const entry: Waiting = {
      asker,
      cost,
      ticket,
      admittedAt: now,
      isDue: at => (expected || at - now > untilDueMs(asker, alone, at)) && !isHeavy(asker, at),
      start: undefined,
      started(at) {
        entries.delete(entry)
        startedAt = at
        line.started(asker, at)
        use.add(asker.userId, cost, at)
        if (judged) return
        judged = true
        const outlook = view(asker, at)
        line.caution(alone).kept((at - now + (outlook.firstTokenMs ?? 0)) / mostFor(asker, outlook), at)
      },
    }
    entries.add(entry)
    return ticket
  }

  /** Asked of everybody who waits: clusters are looked at only for the few who have something under way. */
  function isHeavy(asker: Asker, now: number): boolean {
    const line = lineOf(asker)
    return line.underWay.has(asker.userId) && line.isHeavy(asker.userId, view(asker, now).slots, now)
  }

  /** Its user has nothing else in line or under way. */
  function isAlone(asking: Asker): boolean {
    if (lineOf(asking).underWay.has(asking.userId)) return false
    for (const { asker } of entries) if (asker.userId === asking.userId) return false
    return true
  }

  /**
   * Who asks for nothing else starts level with the lightest of those who wait, or with what one request costs, where
   * even they have had more: newcomers pass those who have had much, but not, for ever, those who have had little.
   */
  function liftNewcomer(asker: Asker, now: number): void {
    let level = costOf(asker)
    for (const { asker: other } of entries)
      if (other.class !== 'bulk') level = Math.min(level, use.of(other.userId, now))
    if (entries.size > 0) use.lift(asker.userId, level, now)
  }

  const waiting = (): readonly Entry[] => [...entries].filter(({ start }) => start !== undefined)

  return {
    admit(asker, now) {
      const expected = lineOf(asker).isExpected(asker, now)
      const retryAfterMs = refusal(asker, expected, now)
      return retryAfterMs === undefined
        ? { ticket: createTicket(asker, now, true, expected) }
        : { ticket: undefined, retryAfterMs }
    },
    admitAnyway: (asker, now) => createTicket(asker, now, false, false),
    advance,
    places(now) {
      const places = new Map<QueueTicket, Place>()
      const byModel = new Map([...entries].map(({ asker }) => [asker.model, asker]))
      for (const [model, any] of byModel) {
        const seen = view(any, now) // a wait is the same for prompts of any length
        for (const [index, { entry }] of rank(entries, model, use, now).entries()) {
          const { asker, start, ticket } = entry
          const waitMs = lineOf(asker).waitMs(index + 1, asker, seen, now) ?? 0
          if (start !== undefined) places.set(ticket, { position: index + 1, waitMs })
        }
      }
      return places
    },
    get waiting() {
      return waiting().length
    },
    waitingFor: models => waiting().filter(({ asker }) => models.includes(asker.model)).length,
  }
}

interface Waiting extends Entry {
  readonly ticket: QueueTicket
  started(now: number): void
}

const costOf = ({ promptTokens, outputTokens }: Asker) => tokensOf(promptTokens, outputTokens)

const mostFor = (asker: Asker, { aloneMs }: Outlook) => Math.max(mostMs[asker.class], mostTimesAlone * aloneMs)
