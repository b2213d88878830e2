import { Fault } from '#kit'
import type { Allowance } from './allowance.ts'
import type { Meter, Meters, Reading } from './meters.ts'

/** What one user may do; 0 is no limit. The configuration's `limits` satisfy it. */
export interface UserLimits {
  readonly requestsPerMinute: number
  readonly messagesPerMinute: number
  /** Messages beyond the even rate that may come at once: with 10, eleven. 0 is none: one message an interval. */
  readonly burst: number
  readonly tokensPerMinute: number
}

/**
 * The limits of every user. How many turns may run at once is not counted here but in the database. `request` and
 * `message` answer what is left, or undefined where there is no limit, and reject with `LimitReached`.
 */
export interface Limits {
  /** Counts a request of any kind; a whole minute's amount may come at once. */
  request(userId: string): Promise<Allowance | undefined>
  /**
   * Counts a message to a model; call it before anything is stored. Refused as well, and then not counted, while the
   * user's tokens are spent.
   */
  message(userId: string): Promise<Allowance | undefined>
  /** Counts tokens of a prompt and its answer once their number is known; a debt refuses messages until it is paid. */
  tokensUsed(userId: string, tokens: number): void
}

/** The fault `rate_limited`, with the meter that refused, for the reply's headers. */
export class LimitReached extends Fault {
  readonly allowance: Allowance

  /** `name` says which limit, as in "20 messages a minute". */
  constructor(name: string, allowance: Allowance) {
    const { retryAfterMs } = allowance
    super('rate_limited', `The limit of ${name} is reached. Try again ${soon(retryAfterMs)}.`, { retryAfterMs })
    this.name = 'LimitReached'
    this.allowance = allowance
  }
}

/** `meters` must not fail: see `createSharedMeters`. */
export function createLimits(config: UserLimits, meters: Meters): Limits {
  const { requestsPerMinute, messagesPerMinute, burst, tokensPerMinute } = config
  const requests: Meter = { name: 'requests', perMinute: requestsPerMinute, burst: requestsPerMinute }
  const messages: Meter = { name: 'messages', perMinute: messagesPerMinute, burst: burst + 1 }
  const tokens: Meter = { name: 'tokens', perMinute: tokensPerMinute, burst: tokensPerMinute }
  // Made once: writing a number for people costs more than the rest of a refusal.
  const [requestLimit, messageLimit, tokenLimit] = [nameOf(requests), nameOf(messages), nameOf(tokens)]

  return {
    request: async userId => granted(requestLimit, await meters.spend(requests, userId)),
    async message(userId) {
      const reading = await meters.spend(messages, userId, tokens)
      return granted(reading.guarded ? tokenLimit : messageLimit, reading)
    },
    tokensUsed: (userId, used) => void meters.charge(tokens, userId, used),
  }
}

const nameOf = ({ name, perMinute }: Meter) => `${perMinute.toLocaleString('en-US')} ${name} a minute`

function granted(name: string, { allowance }: Reading): Allowance | undefined {
  if (!allowance.allowed) throw new LimitReached(name, allowance)
  return allowance.limit === Infinity ? undefined : allowance
}

function soon(ms: number): string {
  const seconds = Math.ceil(ms / 1_000)
  if (seconds <= 1) return 'in a second'
  return seconds < 120 ? `in ${seconds} seconds` : `in ${Math.ceil(seconds / 60)} minutes`
}
