/** What a meter says of one key at one moment. All times are whole milliseconds, rounded up. */
export interface Allowance {
  readonly allowed: boolean
  /** The most that may come at once, after a rest. */
  readonly limit: number
  /** Whole units that may come now; never negative, also in debt. */
  readonly remaining: number
  /** Until the whole `limit` is there again, if nothing more is spent. */
  readonly resetMs: number
  /** Until the same is allowed, if nothing else is spent; 0 when it is allowed now. */
  readonly retryAfterMs: number
}

/** Forgives the rounding of sums of fractional milliseconds: a user who waited as told is never sent away again. */
export const slackMs = 0.001

/** What is allowed where there is no limit. */
export const boundless: Allowance = {
  allowed: true,
  limit: Infinity,
  remaining: Infinity,
  resetMs: 0,
  retryAfterMs: 0,
}

/** A meter of `limit` units, one of which comes back every `intervalMs`, that is rested in `aheadMs`; `waitMs`: until the same is allowed. */
export function describeAllowance(meter: {
  readonly limit: number
  readonly intervalMs: number
  readonly aheadMs: number
  readonly waitMs: number
}): Allowance {
  const { limit, intervalMs, aheadMs, waitMs } = meter
  const allowed = waitMs <= slackMs
  return {
    allowed,
    limit,
    remaining: Math.max(0, Math.floor(limit - Math.max(0, aheadMs - slackMs) / intervalMs)),
    resetMs: wholeMs(aheadMs),
    retryAfterMs: allowed ? 0 : wholeMs(waitMs),
  }
}

/** A cost that is not a positive number is none. */
export const unitsOf = (cost: number) => (Number.isFinite(cost) && cost > 0 ? cost : 0)

/** Half of the slack, so that what is left of it after the wait is within the other half. */
const wholeMs = (ms: number) => Math.max(0, Math.ceil(ms - slackMs / 2))
