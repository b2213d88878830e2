import type { Outlook } from './outlook.ts'

/**
 * `interactive`: a person is waiting. `default`: a program is. `bulk`: nobody is. A quarter of the places is kept for
 * interactive requests for as long as there are any; bulk requests come behind all others.
 */
export type RequestClass = 'interactive' | 'default' | 'bulk'

/** What is known of the requests for one model: those under way, and how fast they make room. In milliseconds. */
export interface AdmissionLine {
  /** One came. */
  asked(kind: RequestClass, now: number): void
  /** Whether one more of this class may have a place, however many clusters have. */
  allows(kind: RequestClass, outlook: Outlook, now: number): boolean
  /** One started; `overtook`: before one that came earlier and still waits. */
  started(kind: RequestClass, overtook: boolean): void
  /** It is over; `tookMs` is undefined where nothing was answered. */
  ended(kind: RequestClass, tookMs: number | undefined): void
  /** Until the `position`th of those who wait starts; undefined while nothing is known. */
  waitMs(position: number, kind: RequestClass, outlook: Outlook, now: number): number | undefined
  /**
   * When one should come again that would have to wait `excessMs` too long: not before all who were told so earlier, so
   * that they come as fast as places become free, and not all at once.
   */
  retryAfterMs(excessMs: number, outlook: Outlook, now: number): number
}

const keptForInteractive = 0.25
/** For so long after the last interactive request. */
const keptForMs = 60_000
/** The newest generation's weight in the mean time that a place is held, and the newest start's in the overtaking. */
const newestWeight = 0.05
const mostOvertaking = 0.8
const leastRetryMs = 1_000
const mostRetryMs = 60_000

export function createAdmissionLine(): AdmissionLine {
  let othersUnderWay = 0
  let interactiveAt = Number.NEGATIVE_INFINITY
  let ends = 0
  let meanMs: number | undefined
  /** The share of starts that overtake: by so much, places become free more slowly for those at the end. */
  let overtaking = 0
  let lastRetryAt = 0

  /** For those that are not interactive. */
  function mostOthers(slots: number, now: number): number {
    if (now - interactiveAt > keptForMs) return slots
    return Math.max(1, Math.floor((1 - keptForInteractive) * slots))
  }

  const isOther = (kind: RequestClass) => kind !== 'interactive'

  return {
    asked(kind, now) {
      if (!isOther(kind)) interactiveAt = now
    },
    allows: (kind, { slots }, now) => !isOther(kind) || othersUnderWay < mostOthers(slots, now),
    started(kind, overtook) {
      if (isOther(kind)) othersUnderWay += 1
      overtaking += newestWeight * ((overtook ? 1 : 0) - overtaking)
    },
    ended(kind, tookMs) {
      if (isOther(kind)) othersUnderWay -= 1
      if (tookMs === undefined) return
      ends += 1
      // The first ones count alike.
      meanMs = (meanMs ?? 0) + Math.max(newestWeight, 1 / ends) * (tookMs - (meanMs ?? 0))
    },
    waitMs(position, kind, { slots, free, busyForMs }, now) {
      const usable = isOther(kind) ? mostOthers(slots, now) : slots
      const atOnce = isOther(kind) ? Math.min(free, usable - othersUnderWay) : free
      const turn = position - Math.max(0, atOnce)
      if (turn <= 0) return 0
      if (usable === Number.POSITIVE_INFINITY) return busyForMs
      if (meanMs === undefined) return undefined
      // Little's law: as many places become free in `meanMs` as there are.
      const soonestMs = (turn * meanMs) / usable
      return Math.max(busyForMs, soonestMs / (1 - Math.min(mostOvertaking, overtaking)))
    },
    retryAfterMs(excessMs, { slots }, now) {
      const spacingMs = (meanMs ?? 0) / slots
      const soonest = now + Math.max(leastRetryMs, excessMs)
      lastRetryAt = Math.min(now + mostRetryMs, Math.max(soonest, lastRetryAt + spacingMs))
      return lastRetryAt - now
    },
  }
}
