import { createAppointments } from './appointments.ts'
import { type Caution, createCaution } from './caution.ts'
import type { Outlook } from './outlook.ts'

/**
 * `interactive`: a person is waiting. `default`: a program is. `bulk`: nobody is. A quarter of the places is kept for
 * interactive requests for as long as there are any; bulk requests come behind all others.
 */
export type RequestClass = 'interactive' | 'default' | 'bulk'

/** A request as its line sees it. */
export interface Asking {
  readonly userId: string
  readonly class: RequestClass
}

/** Who may not start now, though clusters have room: the places that are left are kept for others. */
export type KeptFrom = 'programs' | 'heavy_users'

/** What is known of the requests for one model: those under way, and how fast they make room. Times are milliseconds. */
export interface AdmissionLine {
  /** One came. */
  asked(asking: Asking, now: number): void
  keptFrom(asking: Asking, outlook: Outlook, now: number): KeptFrom | undefined
  /** The user has so many under way, beside others who want to, that the last quarter of the places is not for them. */
  isHeavy(userId: string, slots: number, now: number): boolean
  started(asking: Asking, now: number): void
  /** What started then is over; `heldMs`: how long it held its place, undefined where nothing was answered. */
  ended(asking: Asking, startedAt: number, heldMs: number | undefined): void
  readonly underWay: ReadonlyMap<string, number>
  /** Until the `position`th of those who wait starts; undefined while nothing is known. */
  waitMs(position: number, asking: Asking, outlook: Outlook, now: number): number | undefined
  /** With predictions for one whose user has nothing else in line or under way; or has. */
  caution(alone: boolean): Caution
  /** When one should come again that would have to wait `excessMs` too long: see `Appointments.make`. */
  retryAfterMs(asking: Asking, excessMs: number, outlook: Outlook, now: number): number
  /** One comes; true where it was told to come now. */
  isExpected(asking: Asking, now: number): boolean
  /** How many will come within so long because they were told to. */
  expected(withinMs: number, now: number): number
}

const keptShare = 0.25
/** For so long after the last request of those they are kept for. */
const keptForMs = 60_000
/** Heavy is who has more than so many times an equal share of the places, and more than one. */
const heavyShares = 2
/** The newest generation's weight in the mean time that a place is held. */
const newestWeight = 0.05
const mostTimesMean = 4
const leastRetryMs = 1_000

export function createAdmissionLine(): AdmissionLine {
  /** When each user asked last, the latest last. */
  const askedAt = new Map<string, number>()
  const underWay = new Map<string, number>()
  let programsUnderWay = 0
  let interactiveAt = Number.NEGATIVE_INFINITY
  let ends = 0
  let meanMs: number | undefined
  let running = 0
  let startedAtInAll = 0
  const appointments = createAppointments()
  const cautions = { alone: createCaution(), beside: createCaution() }

  const isProgram = (asking: Asking) => asking.class !== 'interactive'

  function mostPrograms(slots: number, now: number): number {
    if (now - interactiveAt > keptForMs) return slots
    return Math.max(1, Math.floor((1 - keptShare) * slots))
  }

  function recentUsers(now: number): number {
    for (const [user, at] of askedAt) {
      if (now - at <= keptForMs) break
      askedAt.delete(user)
    }
    return askedAt.size
  }

  function isHeavy(userId: string, slots: number, now: number): boolean {
    const users = recentUsers(now)
    if (users < 2) return false
    const most = Math.min((1 - keptShare) * slots, Math.max(2, (heavyShares * slots) / users))
    return (underWay.get(userId) ?? 0) >= most
  }

  /** How many of those who ask like this could start at once. */
  function mayStart(asking: Asking, { slots, free }: Outlook, now: number): number {
    const left = isProgram(asking) ? Math.min(free, mostPrograms(slots, now) - programsUnderWay) : free
    return isHeavy(asking.userId, slots, now) ? Math.min(left, free - Math.floor(keptShare * slots)) : left
  }

  /**
   * When all places are taken, answers take longer than those did before: as predicted, or as long as those under way
   * already have. But predictions may be wrong, and some may be stuck on a cluster that fails.
   */
  function holdMs({ heldMs }: Outlook, now: number): number | undefined {
    if (meanMs === undefined || running === 0) return meanMs
    return Math.min(mostTimesMean * meanMs, Math.max(meanMs, heldMs, now - startedAtInAll / running))
  }

  function count(asking: Asking, change: 1 | -1): void {
    if (isProgram(asking)) programsUnderWay += change
    const left = (underWay.get(asking.userId) ?? 0) + change
    if (left > 0) underWay.set(asking.userId, left)
    else underWay.delete(asking.userId)
  }

  return {
    asked(asking, now) {
      if (!isProgram(asking)) interactiveAt = now
      askedAt.delete(asking.userId)
      askedAt.set(asking.userId, now)
    },
    keptFrom(asking, outlook, now) {
      const { slots } = outlook
      if (isProgram(asking) && programsUnderWay >= mostPrograms(slots, now)) return 'programs'
      return mayStart(asking, outlook, now) <= 0 && isHeavy(asking.userId, slots, now) ? 'heavy_users' : undefined
    },
    isHeavy,
    underWay,
    started(asking, now) {
      count(asking, 1)
      running += 1
      startedAtInAll += now
    },
    ended(asking, startedAt, heldMs) {
      count(asking, -1)
      running -= 1
      startedAtInAll -= startedAt
      if (heldMs === undefined) return
      ends += 1
      // The first ones count alike.
      meanMs = (meanMs ?? 0) + Math.max(newestWeight, 1 / ends) * (heldMs - (meanMs ?? 0))
    },
    waitMs(position, asking, outlook, now) {
      const { slots, busyForMs } = outlook
      const turn = position - Math.max(0, mayStart(asking, outlook, now))
      if (turn <= 0) return 0
      const usable = isProgram(asking) ? mostPrograms(slots, now) : slots
      if (usable === Number.POSITIVE_INFINITY) return busyForMs
      const heldMs = holdMs(outlook, now)
      if (heldMs === undefined) return busyForMs || undefined
      // Little's law: as many places become free in that time as there are.
      return Math.max(busyForMs, (turn * heldMs) / usable)
    },
    caution: alone => (alone ? cautions.alone : cautions.beside),
    retryAfterMs(asking, excessMs, outlook, now) {
      const soonestMs = Math.max(leastRetryMs, excessMs)
      if (asking.class === 'bulk') return soonestMs
      // As they have become free of late: predictions are careful, and would send people away for longer than needed.
      const everyMs = (meanMs ?? 0) / Math.max(1, outlook.slots)
      return appointments.make(asking.userId, soonestMs, { everyMs, users: recentUsers(now) }, now)
    },
    isExpected: (asking, now) => asking.class !== 'bulk' && appointments.keep(asking.userId, now),
    expected: appointments.expected,
  }
}
