/**
 * When those who were refused should come again: one appointment for each user. Who keeps it has a right to be let in, so
 * that it is a promise; nothing is held free for it, so that nothing is lost where nobody comes. Times are milliseconds on
 * one clock that never runs back.
 */
export interface Appointments {
  /**
   * How long the user should stay away, `soonestMs` at least. Appointments come as fast as places become free, each user's
   * at an equal share of these. Who has one is told that again, and the more often the later: of many requests at once,
   * which nothing tells from one that is impatient, not all come at the same moment.
   */
  make(userId: string, soonestMs: number, places: PlacesToCome, now: number): number
  /** The user comes; true where that was agreed, once. */
  keep(userId: string, now: number): boolean
  /** How many will come within so long from now, by how many have come of late. */
  expected(withinMs: number, now: number): number
}

/** What becomes free, and for how many. */
export interface PlacesToCome {
  readonly everyMs: number
  readonly users: number
}

const longestMs = 300_000
/** Clocks and networks differ; and nobody has to be there on the second. */
const earlyMs = 100
const lateMs = 5_000
/** How many keep theirs is learned with this weight, from all of them on, since a crowd that comes back is worse than a wait. */
const newestWeight = 0.02
const fewestCome = 0.05
const sweepEveryMs = 1_000
/** Of the places: with all of them, chance alone would send some away again. */
const promisedShare = 0.8
const bucketMs = 250

interface Appointment {
  readonly at: number
  state: 'open' | 'kept' | 'missed'
  /** The latest time that this user was told. */
  toldAt: number
}

export function createAppointments(): Appointments {
  /** The last one of each user. */
  const appointments = new Map<string, Appointment>()
  /** How many open ones there are at which time. */
  const buckets = new Map<number, number>()
  /** Of all, in the order in which places become free. */
  let last = Number.NEGATIVE_INFINITY
  /** The share of them that is kept. */
  let come = 1
  let sweptAt = 0

  function count(at: number, change: 1 | -1): void {
    const bucket = Math.floor(at / bucketMs)
    const left = (buckets.get(bucket) ?? 0) + change
    if (left > 0) buckets.set(bucket, left)
    else buckets.delete(bucket)
  }

  function close(appointment: Appointment, state: 'kept' | 'missed'): void {
    appointment.state = state
    count(appointment.at, -1)
    come = Math.max(fewestCome, come + newestWeight * ((state === 'kept' ? 1 : 0) - come))
  }

  /** That of a user, if it may still be kept. */
  function openOf(userId: string, now: number): Appointment | undefined {
    const appointment = appointments.get(userId)
    if (appointment?.state !== 'open') return undefined
    if (now <= appointment.at + lateMs) return appointment
    close(appointment, 'missed')
    return undefined
  }

  function sweep(shareMs: number, now: number): void {
    if (now - sweptAt < sweepEveryMs) return
    sweptAt = now
    for (const [userId, { at, toldAt }] of appointments) {
      openOf(userId, now)
      if (now > Math.max(at + Math.max(lateMs, shareMs), toldAt)) appointments.delete(userId)
    }
  }

  return {
    make(userId, soonestMs, { everyMs, users }, now) {
      const shareMs = everyMs * users
      sweep(shareMs, now)
      const latest = now + longestMs
      const open = openOf(userId, now)
      if (open !== undefined) {
        open.toldAt = Math.min(latest, Math.max(now + soonestMs, open.toldAt + everyMs))
        return open.toldAt - now
      }
      const before = appointments.get(userId)
      const turn = before?.state === 'kept' ? before.at + shareMs : now
      last = Math.min(latest, Math.max(now + soonestMs, last + (come * everyMs) / promisedShare))
      const at = Math.min(latest, Math.max(last, turn))
      appointments.set(userId, { at, state: 'open', toldAt: Math.max(at, before?.toldAt ?? at) })
      count(at, 1)
      return at - now
    },
    keep(userId, now) {
      const open = openOf(userId, now)
      if (open === undefined || now < open.at - earlyMs) return false
      close(open, 'kept')
      return true
    },
    expected(withinMs, now) {
      let all = 0
      const end = (now + withinMs) / bucketMs
      for (let bucket = Math.floor(now / bucketMs); bucket < end; bucket++) all += buckets.get(bucket) ?? 0
      return come * all
    },
  }
}
