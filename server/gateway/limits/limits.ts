import { type Clock, Fault } from '#kit'
import { type Allowance, createRate } from './rate.ts'

/** What one user may do; 0 is no limit. The configuration's `limits` satisfy it. */
export interface UserLimits {
  readonly requestsPerMinute: number
  readonly messagesPerMinute: number
  /** Messages beyond the even rate that may come at once: with 10, eleven. 0 is none: one message an interval. */
  readonly burst: number
  readonly tokensPerMinute: number
}

/**
 * The limits of every user of this process. How many turns may run at once is not counted here but in the database.
 * `request` and `message` answer what is left, or undefined where there is no limit, and throw `LimitReached`.
 */
export interface Limits {
  /** Counts a request of any kind; a whole minute's amount may come at once. */
  request(userId: string): Allowance | undefined
  /**
   * Counts a message to a model; call it before anything is stored. Refused as well, and then not counted, while the
   * user's tokens are spent.
   */
  message(userId: string): Allowance | undefined
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

export function createLimits(config: UserLimits, clock: Clock): Limits {
  const { requestsPerMinute, messagesPerMinute, burst, tokensPerMinute } = config
  const requests = createRate({ perMinute: requestsPerMinute, burst: requestsPerMinute, clock })
  const messages = createRate({ perMinute: messagesPerMinute, burst: burst + 1, clock })
  const tokens = createRate({ perMinute: tokensPerMinute, burst: tokensPerMinute, clock })
  // Made once: writing a number for people costs more than the rest of a refusal.
  const nameOf = (amount: number, unit: string) => `${amount.toLocaleString('en-US')} ${unit} a minute`
  const requestLimit = nameOf(requestsPerMinute, 'requests')
  const messageLimit = nameOf(messagesPerMinute, 'messages')
  const tokenLimit = nameOf(tokensPerMinute, 'tokens')

  return {
    request: userId => granted(requestLimit, requests.spend(userId)),
    message(userId) {
      granted(tokenLimit, tokens.peek(userId))
      return granted(messageLimit, messages.spend(userId))
    },
    tokensUsed: (userId, used) => tokens.charge(userId, used),
  }
}

function granted(name: string, allowance: Allowance): Allowance | undefined {
  if (!allowance.allowed) throw new LimitReached(name, allowance)
  return allowance.limit === Infinity ? undefined : allowance
}

function soon(ms: number): string {
  const seconds = Math.ceil(ms / 1_000)
  if (seconds <= 1) return 'in a second'
  return seconds < 120 ? `in ${seconds} seconds` : `in ${Math.ceil(seconds / 60)} minutes`
}
