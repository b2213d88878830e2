import type { Clock } from '#kit'
import type { Meter, Meters } from './meters.ts'
import { createRate, type Rate } from './rate.ts'

/** Meters in this process's memory. Never away, never waits. */
export function createMemoryMeters(clock: Clock): Meters {
  const rates = new Map<string, Rate>()

  function rateOf(meter: Meter): Rate {
    const known = rates.get(meter.name)
    if (known !== undefined) return known
    const rate = createRate({ ...meter, clock })
    rates.set(meter.name, rate)
    return rate
  }

  return {
    async spend(meter, key, guard) {
      const refusal = guard && rateOf(guard).peek(key)
      if (refusal?.allowed === false) return { guarded: true, allowance: refusal }
      return { guarded: false, allowance: rateOf(meter).spend(key) }
    },
    async charge(meter, key, cost) {
      rateOf(meter).charge(key, cost)
    },
  }
}
