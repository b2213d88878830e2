/**
 * How many generations at once a cluster takes that was given no capacity: learned from its refusals (429, 503), by
 * additive increase and multiplicative decrease (Chiu and Jain 1989). No limit until it has refused one.
 */
export interface LearnedLimit {
  readonly limit: number | undefined
  /** It refused one, with so many others under way. */
  refused(others: number, now: number): void
  /** It answered one, with so many others under way. */
  answered(others: number, now: number): void
}

const decrease = 0.9
/** Refusals within so long have one reason, and count once. */
const onceMs = 1_000
/** A refusal may have had a passing reason: after so long the limit grows as fast as answers come. */
const patientMs = 30_000

export function createLearnedLimit(): LearnedLimit {
  let exact: number | undefined
  let refusedAt = Number.NEGATIVE_INFINITY
  return {
    get limit() {
      return exact === undefined ? undefined : Math.floor(exact)
    },
    refused(others, now) {
      const known = exact ?? others
      // With so few under way, it is not their number that it refuses: it counts requests, or is not well.
      if (others < 1 || others < known / 2 || now - refusedAt < onceMs) return
      refusedAt = now
      exact = Math.max(1, decrease * Math.min(known, others))
    },
    answered(others, now) {
      // Only where the limit was what held more back: one more for each round of answers.
      if (exact === undefined || others + 1 < Math.floor(exact)) return
      exact += now - refusedAt > patientMs ? 1 : 1 / exact
    },
  }
}
