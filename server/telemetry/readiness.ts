import type { Clock } from '#kit'

/** Whether this process should be sent requests. */
export interface Readiness {
  readonly ready: boolean
  readonly draining: boolean
  /** Whether the database answered within the last five seconds. */
  readonly databaseSeen: boolean
  /** Not ready from now on. */
  drain(): void
  stop(): void
}

const seenWithinMs = 5_000
const lookEveryMs = 1_500

/** Looks at the database in the background, so that a probe costs nothing and cannot be used to load it. */
export function createReadiness(ping: () => Promise<void>, clock: Clock): Readiness {
  let seenAt = clock.elapsed() // a process only gets here with a migrated database
  let draining = false
  let looking = false

  async function look(): Promise<void> {
    if (looking) return
    looking = true
    try {
      await ping()
      seenAt = clock.elapsed()
    } catch {
      // Not seen: `seenAt` stays, and readiness ends when it is too old. Why is logged where the database is used.
    } finally {
      looking = false
    }
  }

  const timer = setInterval(() => void look(), lookEveryMs)
  const databaseSeen = () => clock.elapsed() - seenAt < seenWithinMs
  return {
    get ready() {
      return !draining && databaseSeen()
    },
    get draining() {
      return draining
    },
    get databaseSeen() {
      return databaseSeen()
    },
    drain() {
      draining = true
    },
    stop: () => clearInterval(timer),
  }
}
