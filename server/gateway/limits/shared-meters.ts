import { Away, type Log } from '#kit'
import type { Meter, Meters } from './meters.ts'

export interface SharedMetersDeps {
  /** Where all count together; it may be away. */
  readonly shared: Meters
  /** Where this process counts for itself while it is. */
  readonly local: Meters
  readonly log: Log
}

/**
 * Meters that count together where that is possible and for themselves where it is not, and never fail: a limit then holds
 * for each process. What has no limit is not asked about.
 */
export function createSharedMeters({ shared, local, log }: SharedMetersDeps): Meters {
  async function orHere<Value>(together: Promise<Value>, here: () => Promise<Value>): Promise<Value> {
    try {
      return await together
    } catch (error) {
      if (!(error instanceof Away)) log.error({ error }, 'a limit could not be counted by a bug')
      return here()
    }
  }

  return {
    async spend(meter, key, guard) {
      const here = () => local.spend(meter, key, guard)
      if (isUnlimited(meter) && (guard === undefined || isUnlimited(guard))) return here()
      return orHere(shared.spend(meter, key, guard), here)
    },
    async charge(meter, key, cost) {
      if (!isUnlimited(meter)) await orHere(shared.charge(meter, key, cost), () => local.charge(meter, key, cost))
    },
  }
}

const isUnlimited = ({ perMinute }: Meter) => perMinute === 0
