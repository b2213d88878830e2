/**
 * How much each user has had lately, in tokens: a virtual counter that halves every minute. Who has had least comes
 * first (virtual token counter: Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024).
 */
export interface RecentUse {
  of(userId: string, now: number): number
  /** `tokens` may be negative, where less was used than was counted before. */
  add(userId: string, tokens: number, now: number): void
  /** From now on it is at least `tokens`. */
  lift(userId: string, tokens: number, now: number): void
}

const halfLifeMs = 60_000
/** Less than so much says nothing any more, and is forgotten. */
const leastTokens = 1
const forgetEvery = 1_000

/** What a token of an answer weighs beside one of a prompt that has to be read. */
const outputWeight = 2

export const tokensOf = (uncachedInput: number, output: number): number => uncachedInput + outputWeight * output

export function createRecentUse(): RecentUse {
  const counters = new Map<string, { tokens: number; at: number }>()
  let changes = 0

  const of = (userId: string, now: number): number => {
    const counter = counters.get(userId)
    return counter === undefined ? 0 : counter.tokens * 0.5 ** ((now - counter.at) / halfLifeMs)
  }

  function set(userId: string, tokens: number, now: number): void {
    counters.set(userId, { tokens: Math.max(0, tokens), at: now })
    changes += 1
    if (changes % forgetEvery !== 0) return
    for (const known of counters.keys()) if (of(known, now) < leastTokens) counters.delete(known)
  }

  return {
    of,
    add: (userId, tokens, now) => set(userId, of(userId, now) + tokens, now),
    lift(userId, tokens, now) {
      if (of(userId, now) < tokens) set(userId, tokens, now)
    },
  }
}
