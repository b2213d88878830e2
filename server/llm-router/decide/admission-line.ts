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
  /**
   * When one should come again that would have to wait `excessMs` too long: not before all who were told so earlier, so
   * that they come as fast as places become free, and not all at once.
   */
  retryAfterMs(excessMs: number, outlook: Outlook, now: number): number
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
const mostRetryMs = 60_000

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
  let lastRetryAt = 0
  const cautions = { alone: createCaution(), beside: createCaution() }

  const isProgram = (asking: Asking) => asking.class !== 'interactive'

  function mostPrograms(slots: number, now: number): number {
    if (now - interactiveAt > keptForMs) return slots
    return Math.max(1, Math.floor((1 - keptShare) * slots))
  }

  function isHeavy(userId: string, slots: number, now: number): boolean {
    for (const [user, at] of askedAt) {
      if (now - at <= keptForMs) break
      askedAt.delete(user)
    }
    const users = askedAt.size
    if (users < 2) return false
    const most = Math.min((1 - keptShare) * slots, Math.max(2, (heavyShares * slots) / users))
    return (underWay.get(userId) ?? 0) >= most
  }

  /** How many of those who ask like this could start at once. */
  function mayStart(asking: Asking, { slots, free }: Outlook, now: number): number {
    const left = isProgram(asking) ? Math.min(free, mostPrograms(slots, now) - programsUnderWay) : free
    return isHeavy(asking.userId, slots, now) ? Math.min(left, free - Math.floor(keptShare * slots)) : left
  }

  /** Those under way may already have taken longer than those before; but some may be stuck on a cluster that fails. */
  function holdMs(now: number): number | undefined {
    if (meanMs === undefined || running === 0) return meanMs
    return Math.min(mostTimesMean * meanMs, Math.max(meanMs, now - startedAtInAll / running))
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
      const heldMs = holdMs(now)
      if (heldMs === undefined) return busyForMs || undefined
      // Little's law: as many places become free in that time as there are.
      return Math.max(busyForMs, (turn * heldMs) / usable)
    },
    caution: alone => (alone ? cautions.alone : cautions.beside),
    retryAfterMs(excessMs, { slots }, now) {
      const spacingMs = (holdMs(now) ?? 0) / slots
      const soonest = now + Math.max(leastRetryMs, excessMs)
      lastRetryAt = Math.min(now + mostRetryMs, Math.max(soonest, lastRetryAt + spacingMs))
      return lastRetryAt - now
    },
  }
}
