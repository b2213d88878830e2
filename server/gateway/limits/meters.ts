import type { Allowance } from './allowance.ts'

/** A kind of meter: what is counted for each key, and how much of it is allowed. */
export interface Meter {
  /** Tells it from the others wherever it is counted. */
  readonly name: string
  /** Units a minute, in the long run; 0 is no limit, and then nothing is counted. */
  readonly perMinute: number
  /** Units that may come at once after a rest; at least one. */
  readonly burst: number
  /** Keys held at most where memory is ours (100,000); see `RateOptions`. */
  readonly maxKeys?: number
}

export interface Reading {
  /** It is the guard that refused; else `allowance` is of the meter itself. */
  readonly guarded: boolean
  readonly allowance: Allowance
}

/**
 * The meters of all keys, wherever they are counted: in this process, in the hub, or in Redis. Keys know nothing of each
 * other, nor do kinds of meter; whoever shares the place counts together. All rejects with `Away` where the place is
 * behind a wire and does not answer; whether it was counted is then unknown.
 */
export interface Meters {
  /**
   * Spends one unit, if the meter and the guard, which is not spent, would each allow one; else changes nothing. See
   * `Rate.spend`.
   */
  spend(meter: Meter, key: string, guard?: Meter): Promise<Reading>
  /** Spends what was already used. See `Rate.charge`. */
  charge(meter: Meter, key: string, cost: number): Promise<void>
}
